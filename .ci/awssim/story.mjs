// The bot's work once more, with the SDK for JavaScript: another signer, another
// XML parser, other checksums and other retries.
//
//	node story.mjs PATH-OF-SERVE
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as IAM from '@aws-sdk/client-iam';
import * as S3 from '@aws-sdk/client-s3';
import * as STS from '@aws-sdk/client-sts';

const server = spawn(process.argv[2], { stdio: ['pipe', 'pipe', 'inherit'] });
const [first] = await new Promise((ok) => createInterface({ input: server.stdout }).once('line', (...a) => ok(a)));
const at = JSON.parse(first);
const Bucket = 'shared-1', OWNER = '222222222222', BUILD = '111111111111';
const USER = `arn:aws:iam::${BUILD}:user/test.user`, MANAGED = `arn:aws:iam::${BUILD}:policy/s3share/s3share`;
let facts = 0;

const client = (Kind, key) => new Kind({
  region: 'us-east-1', endpoint: at.url, forcePathStyle: true, maxAttempts: 1,
  credentials: { accessKeyId: key.id, secretAccessKey: key.secret, sessionToken: key.token },
});
const lever = async (method, path) => (await fetch(at.levers + path, { method })).text();

function same(what, got, want) {
  facts++;
  assert.deepEqual(got, want, what);
}

async function refused(what, call, name, status, says = '') {
  facts++;
  try {
    await call();
  } catch (e) {
    assert.equal(`${e.$metadata?.httpStatusCode} ${e.name}`, `${status} ${name}`, `${what}: ${e.message}`);
    assert.ok(e.message.includes(says), `${what}: ${e.message}`);
    return;
  }
  assert.fail(`${what}: succeeded, want ${name}`);
}

const policy = (...Statement) => JSON.stringify({ Version: '2012-10-17', Statement });
const before = '2026-11-23T14:00:00Z';
const objects = (principal, Sid = 'S3Share0123ABCD') => ({
  Sid, Effect: 'Allow', Principal: { AWS: principal }, Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${Bucket}/builds/*`],
  Condition: { DateLessThan: { 'aws:CurrentTime': [before] } },
});
const lists = {
  Sid: 'S3Share0123ABCDList', Effect: 'Allow', Principal: { AWS: USER }, Action: 's3:ListBucket', Resource: `arn:aws:s3:::${Bucket}`,
  Condition: { DateLessThan: { 'aws:CurrentTime': before }, StringLike: { 's3:prefix': ['builds/*'] } },
};

// The caller's identity, and both roles.
const sts = client(STS.STS, at.keys.bot);
const session = async (account, role, more, by = sts) => {
  const { Credentials: c } = await by.assumeRole({ RoleArn: `arn:aws:iam::${account}:role/${role}`, RoleSessionName: 's3share', ...more });
  assert.ok(c.Expiration instanceof Date);
  return { id: c.AccessKeyId, secret: c.SecretAccessKey, token: c.SessionToken };
};
const ours = { ExternalId: 's3share-story' };
same('who', (await sts.getCallerIdentity({})).Account, BUILD);
let s3 = client(S3.S3, await session(OWNER, 's3share', ours)), iam = client(IAM.IAM, await session(BUILD, 's3share', ours));
await refused('another external id', () => session(OWNER, 's3share', { ExternalId: 'other' }), 'AccessDenied', 403);
await refused('a bad name', () => sts.assumeRole({ RoleArn: `arn:aws:iam::${OWNER}:role/s3share`, RoleSessionName: 'a b' }), 'ValidationError', 400);

// The halves, one after the other.
const user = client(S3.S3, at.keys.user), mine = client(S3.S3, at.keys.owner);
const get = async (Key = 'builds/a.txt', by = user) => (await by.getObject({ Bucket, Key })).Body.transformToString();
const put = async (text) => (await s3.putBucketPolicy({ Bucket, Policy: text, ExpectedBucketOwner: OWNER })).$metadata.httpStatusCode;
await refused('no policy', () => s3.getBucketPolicy({ Bucket }), 'NoSuchBucketPolicy', 404);
await refused('no halves', get, 'AccessDenied', 403);
same('put', await put(policy(objects(USER), lists)), 204);
same('as AWS keeps it', (await s3.getBucketPolicy({ Bucket })).Policy,
  policy({ ...objects(USER), Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/builds/*`, Condition: { DateLessThan: { 'aws:CurrentTime': before } } },
    { ...lists, Condition: { ...lists.Condition, StringLike: { 's3:prefix': 'builds/*' } } }));
await refused('owner half only', get, 'AccessDenied', 403);
await iam.addUserToGroup({ GroupName: 's3share', UserName: 'test.user' });
same('groups', (await iam.listGroupsForUser({ UserName: 'test.user' })).Groups.map((g) => g.Arn), [`arn:aws:iam::${BUILD}:group/s3share/s3share`]);
same('both halves', await get(), 'hello');
same('an odd key', await get('builds/with space+plus.txt'), 'odd');
same('list', (await user.listObjectsV2({ Bucket, Prefix: 'builds/' })).Contents.map((o) => o.Key), ['builds/a.txt', 'builds/with space+plus.txt']);
await refused('list of all', () => user.listObjectsV2({ Bucket }), 'AccessDenied', 403);
await refused('another object', () => get('secret/k.txt'), 'AccessDenied', 403);
await refused('write', () => user.putObject({ Bucket, Key: 'builds/b.txt', Body: 'x' }), 'AccessDenied', 403);
await refused('nobody', () => put(policy(objects(`arn:aws:iam::${BUILD}:user/nobody`))), 'MalformedPolicy', 400, 'Invalid principal in policy');
await refused('no JSON', () => put('x'), 'MalformedPolicy', 400);
await refused('another owner', () => s3.getBucketPolicy({ Bucket, ExpectedBucketOwner: BUILD }), 'AccessDenied', 403);
await refused('no bucket', () => mine.getBucketPolicy({ Bucket: 'shared-none' }), 'NoSuchBucket', 404);
await refused('head of no bucket', () => mine.headBucket({ Bucket: 'shared-none' }), 'NotFound', 404);

// Checksums and chunks as this SDK sends them.
await mine.putObject({ Bucket, Key: 'builds/c.txt', Body: Buffer.alloc(70_000, 'abc'), ContentType: 'text/plain' });
same('a larger object', (await get('builds/c.txt')).length, 70_000);
same('its type', (await mine.headObject({ Bucket, Key: 'builds/c.txt' })).ContentType, 'text/plain');
await mine.deleteObject({ Bucket, Key: 'builds/c.txt' });
await refused('deleted', () => get('builds/c.txt', mine), 'NoSuchKey', 404);

// A role: attach the managed policy, and no other.
await iam.attachRolePolicy({ RoleName: 'deployer', PolicyArn: MANAGED });
await refused('another policy', () => iam.attachRolePolicy({ RoleName: 'deployer', PolicyArn: `arn:aws:iam::${BUILD}:policy/admin` }), 'AccessDenied', 403);
same('attached', (await iam.listAttachedRolePolicies({ RoleName: 'deployer' })).AttachedPolicies, [{ PolicyName: 's3share', PolicyArn: MANAGED }]);
const deployer = client(S3.S3, await session(BUILD, 'deployer', {}, client(STS.STS, at.keys.user)));
await put(policy(objects(USER), lists, objects(`arn:aws:iam::${BUILD}:role/deployer`, 'S3Share0000ROLE')));
same('a role reads', await get('builds/a.txt', deployer), 'hello');
await iam.detachRolePolicy({ RoleName: 'deployer', PolicyArn: MANAGED });
await refused('detached', () => get('builds/a.txt', deployer), 'AccessDenied', 403);
await refused('detached again', () => iam.detachRolePolicy({ RoleName: 'deployer', PolicyArn: MANAGED }), 'NoSuchEntityException', 404);

// IAM as its administrator.
const admin = client(IAM.IAM, at.keys.admin);
same('create', (await admin.createUser({ UserName: 'new', Path: '/team/' })).User.Arn, `arn:aws:iam::${BUILD}:user/team/new`);
await refused('again', () => admin.createUser({ UserName: 'New' }), 'EntityAlreadyExistsException', 409);
await refused('nobody', () => admin.getUser({ UserName: 'nobody' }), 'NoSuchEntityException', 404);
await refused('eleven groups', () => admin.addUserToGroup({ GroupName: 's3share', UserName: 'joiner' }), 'LimitExceededException', 409);
await refused('a member', () => admin.deleteUser({ UserName: 'joiner' }), 'DeleteConflictException', 409);
const document = policy({ Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::a/ü+b c/*' });
await admin.putGroupPolicy({ GroupName: 'team0', PolicyName: 'p', PolicyDocument: document });
same('URL-encoded', decodeURIComponent((await admin.getGroupPolicy({ GroupName: 'team0', PolicyName: 'p' })).PolicyDocument), document);
const names = [];
for await (const page of IAM.paginateListUsers({ client: admin, pageSize: 2 }, {})) names.push(...page.Users.map((u) => u.UserName));
same('pages', names, ['joiner', 'leaver', 'new', 's3share-bot', 'test.user']);
same('quota', (await admin.getAccountSummary({})).SummaryMap.GroupsPerUserQuota, 10);

// A user is deleted. Then the grant ends: by time, then by removing both
// halves.
await put(policy(objects(USER), objects(`arn:aws:iam::${BUILD}:user/leaver`, 'leaver')));
await lever('POST', '/leave?user=leaver');
const left = (await s3.getBucketPolicy({ Bucket })).Policy;
assert.match(JSON.parse(left).Statement[1].Principal.AWS, /^AIDA[A-Z0-9]{17}$/);
await refused('written back', () => put(left), 'MalformedPolicy', 400, 'Invalid principal in policy');
same('still open', await get(), 'hello');
await lever('POST', '/clock?add=2h');
await refused('expired', get, 'AccessDenied', 403);
await refused('the session too', () => s3.getBucketPolicy({ Bucket }), 'ExpiredToken', 400);
s3 = client(S3.S3, await session(OWNER, 's3share', ours)), iam = client(IAM.IAM, await session(BUILD, 's3share', ours));
await iam.removeUserFromGroup({ GroupName: 's3share', UserName: 'test.user' });
same('delete', (await s3.deleteBucketPolicy({ Bucket })).$metadata.httpStatusCode, 204);
await refused('no policy again', () => s3.getBucketPolicy({ Bucket }), 'NoSuchBucketPolicy', 404);

same('nothing unmodelled so far', JSON.parse(await lever('GET', '/unmodelled')), []);
await refused('unmodelled', () => mine.getObject({ Bucket, Key: 'builds/a.txt', PartNumber: 1 }), 'NotImplemented', 501);
same('counted', JSON.parse(await lever('GET', '/unmodelled')), ['s3:GetObject with partNumber']);
server.stdin.end();
console.log(`@aws-sdk: ${facts} facts hold`);
