// Checks internal/policy's answers on bucket policies (lines of ./cases on
// standard input) with @cloud-copilot/iam-simulate. Fails on each difference
// that is not explained below. It is a separate process on purpose: that
// package is under the AGPL.
import { createInterface } from 'node:readline';
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';

const OWNER = '222222222222';
const GRANTEE = 'arn:aws:iam::111111111111:user/test.user';
const BUCKET = ['arn:aws:s3:::shared', 'arn:aws:s3:::shared/*'];
const everything = [{ name: 'all', policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: BUCKET }] } }];
const asList = (v) => (Array.isArray(v) ? v : [v]);

// In the older version ${…} is text (IAM UG, variables), but iam-simulate
// expands it. ? therefore replaces the brace; no key of the cases contains a
// dollar sign.
const read = (policy) => (policy.Version === '2012-10-17' ? policy : JSON.parse(JSON.stringify(policy).replaceAll('${', '$?')));

async function ask(policy, r, { unsigned = false, block = false } = {}) {
  const said = await runSimulation({
    request: {
      principal: unsigned ? anonymousPrincipal : r.principal,
      action: r.action,
      resource: { resource: r.resource, accountId: OWNER },
      contextVariables: unsigned ? r.unsigned : r.context,
    },
    identityPolicies: unsigned ? [] : everything,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: read(policy),
    ...(block ? { additionalSettings: { s3: { blockPublicAccess: true } } } : {}),
  }, {});
  if (said.resultType === 'error') throw new Error(JSON.stringify(said.errors));
  return said.overallResult;
}

const counts = {};
const count = (what, by = 1) => { counts[what] = (counts[what] ?? 0) + by; };
const differences = [];
const differ = (c, what, more) => differences.push({ what, shape: c.shape, n: c.n, version: c.version, ...more });

const conditionsOf = (statements) => statements.flatMap((s) =>
  Object.entries(s.Condition ?? {}).flatMap(([op, keys]) => Object.entries(keys).map(([key, values]) => ({ op, key: key.toLowerCase(), values: asList(values) }))));

// The known differences, with their counts.
const explained = {};
const explain = (why) => { explained[why] = (explained[why] ?? 0) + 1; };

// having rewrites each condition of the statements: replace(op, key, values)
// returns a block of conditions, or nothing to drop it.
const having = (statements, replace) => statements.map((s) => {
  const block = {};
  for (const { op, key, values } of conditionsOf([s])) {
    for (const [o, keys] of Object.entries(replace(op, key, values) ?? {})) block[o] = { ...block[o], ...keys };
  }
  const { Condition, ...rest } = s;
  return Object.keys(block).length > 0 ? { ...rest, Condition: block } : rest;
});

// Keys and operators that limit a statement to fixed callers, by AWS's
// documentation (S3 UG, "The meaning of public").
const NARROW = ['aws:principalarn', 'aws:principalaccount', 'aws:principalorgid', 'aws:sourcevpc', 'aws:sourcevpce', 'aws:sourcearn', 'aws:sourceaccount',
  'aws:userid', 's3:dataaccesspointarn', 's3:dataaccesspointaccount'];
const narrow = (op, key, values) => (op === 'IpAddress' && values.every((v) => Number(v.split('/')[1] ?? 32) >= 8)) || /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like))$/.test(op) && NARROW.includes(key) &&
  values.every((v) => !/[*?]/.test(key === 's3:dataaccesspointarn' ? v.split(':')[4] : v));

// namesExactly reports whether a statement names this principal itself.
const namesExactly = (statements, who) => statements.some((s) => asList(s.Principal?.AWS ?? []).includes(who) ||
  conditionsOf([s]).some((k) => k.key === 'aws:principalarn' && k.values.includes(who)));

// Members of the group who have access, where an unsigned request does not.
async function entering(c) {
  const policy = { Version: c.version, Statement: c.allows };
  const entered = new Set();
  for (const r of c.members) {
    count('requests of members');
    if ((await ask(policy, r)) !== 'Allowed') continue;
    count('of them let in');
    if ((await ask(policy, r, { unsigned: true })) === 'Allowed') continue;
    entered.add(r.principal);
    const told = c.delegates || (r.principal === GRANTEE ? c.named : namesExactly(c.allows, r.principal));
    if (!told) differ(c, `${r.principal} gets in and nothing is said`, { allows: c.allows, request: r });
  }
  if (c.delegates) {
    count('policies said to delegate');
    if (entered.size > 0) count('of them shown to');
    else await cautious(c, policy);
  } else if (c.named) {
    count('policies said to name the grantee');
  }
}

// The same with the Deny statements, which may stop unsigned requests only.
async function closedToUnsigned(c) {
  if (c.whole.length === c.allows.length) return;
  const policy = { Version: c.version, Statement: c.whole };
  let shown = false;
  for (const r of c.members) {
    if ((await ask(policy, r)) !== 'Allowed' || (await ask(policy, r, { unsigned: true })) === 'Allowed') continue;
    shown = true;
    const told = c.closed || (r.principal === GRANTEE ? c.named : namesExactly(c.whole, r.principal));
    if (!told) differ(c, `${r.principal} gets in by a Deny of unsigned requests, and nothing is said`, { statements: c.whole, request: r });
  }
  if (c.closed && !c.delegates) {
    count('policies said to delegate by a Deny');
    if (shown) count('of them shown to, by a Deny');
  }
}

// The bot refuses a bucket that the group might open. If no sample request
// shows this, one of these reasons must apply.
async function cautious(c, policy) {
  for (const r of c.members) {
    if ((await ask(policy, r)) === 'Allowed') {
      explain('refused although it is open to unsigned requests too: a condition on a signed key that holds without the key');
      return;
    }
  }
  const all = conditionsOf(c.allows);
  if (all.some((k) => k.op.startsWith('ForAllValues:'))) {
    explain('refused although ForAllValues keeps these members out: it holds where a request lacks the key, so it is never relied upon');
  } else if (all.some((k) => /^aws:(username|userid|principalarn|principaltype)$/.test(k.key) && (k.op === 'Null' || /Not/.test(k.op)))) {
    explain('refused because of a member\'s federated session, which has another ARN and no aws:username; the samples have none');
  } else if (all.some((k) => /StringLike/.test(k.op) && k.key === 'aws:principalarn' && k.values.some((v) => /[*?]/.test(v.split(':')[4])))) {
    explain('refused because a * of StringLike runs over colons, which the path of a user may hold; the samples have none');
  } else if (c.allows.some((s) => conditionsOf([s]).some((k, i, list) => list.findIndex((o) => o.key === k.key) !== i))) {
    explain('refused although two conditions on one key cannot both hold: each is judged by itself');
  } else {
    differ(c, 'said to delegate, and no request got in', { allows: c.allows });
  }
}

// Whether the policy is public. With the public access block, AWS excludes
// other accounts from a bucket with a public policy, so a probe request shows
// it.
async function publicity(c) {
  const probe = { Effect: 'Allow', Principal: { AWS: GRANTEE }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::shared/probe' };
  const r = { principal: GRANTEE, action: 's3:GetObject', resource: 'arn:aws:s3:::shared/probe', context: c.members[0].context };
  const isPublic = async (statements) => (await ask({ Version: c.version, Statement: [...statements, probe] }, r, { block: true })) !== 'Allowed';
  count('policies asked whether they are public');
  if (c.public) count('of them public');
  const theirs = await isPublic(c.allows);
  if (theirs === c.public) return;
  const keep = (op, key, values) => ({ [op]: { [key]: values } });
  // A difference is explained only if iam-simulate agrees on the equivalent
  // statements.
  const fixed = having(c.allows, (op, key, values) => (narrow(op, key, values) ? { StringEquals: { 'aws:SourceAccount': OWNER } } : keep(op, key, values)));
  const loose = having(c.allows, (op, key, values) => (/^aws:principal(isawsservice|servicename)/.test(key) ? undefined : keep(op, key, values)));
  const wild = having(loose, (op, key, values) => (NARROW.includes(key) && values.some((v) => /[*?]/.test(v)) ? undefined : keep(op, key, values)));
  if (!c.public && !(await isPublic(fixed))) {
    explain('not public: S3\'s guide lists access points, and a key and one address, with any operator for fixed values; iam-simulate takes some of them');
  } else if (c.public && (await isPublic(loose))) {
    explain('public: S3\'s guide does not list aws:PrincipalIsAWSService; iam-simulate takes it');
  } else if (c.public && (await isPublic(wild))) {
    explain('public: a value with a wildcard is not a fixed one in S3\'s guide; iam-simulate takes some');
  } else {
    differ(c, `public: ${c.public}, and iam-simulate says ${theirs}`, { allows: c.allows });
  }
}

// The effect of a Deny. If policy reports none, no request may be denied. If
// policy is certain, at least one kind of request must be denied in every
// context.
async function denials(c, list, what, allow) {
  for (const d of list ?? []) {
    count(`${what}: statements`);
    const groups = [];
    for (const [i, r] of d.requests.entries()) {
      count(`${what}: requests`);
      const denied = (await ask({ Version: c.version, Statement: [...allow, d.statement] }, r)) === 'ExplicitlyDenied';
      (groups[Math.floor(i / d.contexts)] ??= []).push(denied);
      if (denied && !d.told) {
        differ(c, `${what}: a request is denied and nothing is said`, { deny: d.statement, request: r });
        break;
      }
    }
    const sure = groups.some((g) => g.every(Boolean));
    count(`${what}: ${d.certain ? 'said for certain' : d.told ? 'said that it may' : 'nothing said'}`);
    if (d.told && !d.certain && groups.flat().some(Boolean)) count(`${what}: of those that may, some do`);
    if (d.certain && !sure) differ(c, `${what}: said for certain, and it is not`, { deny: d.statement, groups });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line);
  count('policies');
  await entering(c);
  await closedToUnsigned(c);
  await publicity(c);
  await denials(c, c.denials, 'a Deny and the grant', [{ Effect: 'Allow', Principal: { AWS: GRANTEE }, Action: 's3:*', Resource: BUCKET }]);
  await denials(c, c.writes, "a Deny and the bot's own write", []);
}
for (const [what, n] of Object.entries(counts)) console.log(`${n} ${what}`);
for (const [why, n] of Object.entries(explained)) console.log(`  ${n} differences: ${why}`);
const kinds = {};
for (const d of differences) (kinds[d.what] ??= []).push(d);
for (const [what, list] of Object.entries(kinds)) {
  console.error(`${list.length} × ${what}`);
  for (const d of list.slice(0, Number(process.env.SHOW ?? 3))) console.error('  ' + JSON.stringify(d));
}
if (differences.length > 0) {
  console.error(`${differences.length} differences without an explanation`);
  process.exit(1);
}
