// Opens COUNT grants on one bucket at once, as a bot without a queue does: each
// grant reads the policy, adds its statement, and writes the policy back. A
// timer for each grant removes it again after SECONDS; a crash loses the timer.
const { S3Client, GetBucketPolicyCommand, PutBucketPolicyCommand } = require('@aws-sdk/client-s3');

const s3 = new S3Client({ forcePathStyle: true });
const { BUCKET: Bucket, PRINCIPAL, COUNT, SECONDS } = process.env;

async function read() {
  try {
    return JSON.parse((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy);
  } catch (e) {
    if (e.name !== 'NoSuchBucketPolicy') throw e;
    return { Version: '2012-10-17', Statement: [] };
  }
}

const write = (policy) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));

async function open(n) {
  const policy = await read();
  policy.Statement.push({
    Sid: `Peer${n}`, Effect: 'Allow', Principal: { AWS: PRINCIPAL }, Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/folder${n}/*`,
  });
  await write(policy);
  if (SECONDS) setTimeout(() => close(n), SECONDS * 1000);
}

async function close(n) {
  const policy = await read();
  policy.Statement = policy.Statement.filter((s) => s.Sid !== `Peer${n}`);
  await write(policy);
}

Promise.all(Array.from({ length: Number(COUNT) }, (_, n) => open(n))).catch((e) => {
  console.error(e);
  process.exit(1);
});
