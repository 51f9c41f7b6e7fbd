// Asks @cloud-copilot/iam-simulate the questions that awssim answered (lines of
// ./cases on standard input). Fails on each difference that is not explained
// below. It is a separate process on purpose: that package is under the AGPL.
import { createInterface } from 'node:readline';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const asList = (v) => (Array.isArray(v) ? v : [v]);
const documents = (c) => [c.bucketPolicy, ...c.identity.map((p) => p.policy)].filter(Boolean);
const statements = (c) => documents(c).flatMap((d) => asList(d.Statement));

// eachValue replaces the condition values of a case: with(operator, key,
// values) returns the new values, or nothing to drop the condition.
function eachValue(c, replace) {
  for (const st of statements(c)) {
    for (const [op, keys] of Object.entries(st.Condition ?? {})) {
      for (const key of Object.keys(keys)) {
        const values = replace(op, key, asList(keys[key]));
        if (values) keys[key] = values;
        else delete keys[key];
      }
      if (Object.keys(keys).length === 0) delete st.Condition[op];
    }
  }
}

// The known differences. Each entry rewrites the policies without the construct
// that the two evaluators interpret differently. A difference counts as
// explained only if iam-simulate agrees with awssim on the rewritten policies.
// An entry therefore cannot hide a mistake of another kind.
const explained = [
  {
    what: '${…} in a policy of Version 2008-10-17 is a literal string (IAM user guide, "Variables"); iam-simulate expands it',
    rewrite(c) {
      for (const d of documents(c)) {
        if (d.Version === '2012-10-17') continue;
        // ? replaces the brace. No other key of the cases contains a dollar
        // sign.
        d.Statement = JSON.parse(JSON.stringify(d.Statement).replaceAll('${', '$?'));
      }
    },
  },
  {
    what: '0.0.0.0/0 holds every IPv4 address; iam-simulate finds none in it',
    rewrite(c) {
      eachValue(c, (op, key, values) => values.flatMap((v) => (v === '0.0.0.0/0' ? ['0.0.0.0/1', '128.0.0.0/1'] : [v])));
    },
  },
  {
    what: 'a value with fewer than six parts is no ARN and equals none, so that a negated operator holds; in iam-simulate neither holds',
    rewrite(c) {
      eachValue(c, (op, key, values) => (op.startsWith('Arn') ? values.map((v) => (v.split(':').length < 6 ? 'arn:none:none:none:none:none' : v)) : values));
    },
  },
  {
    what: '…IfExists holds when the key is absent, whatever the operator (IAM user guide, "…IfExists"); not with ForAnyValue in iam-simulate',
    rewrite(c) {
      const there = Object.keys(c.context).map((k) => k.toLowerCase());
      eachValue(c, (op, key, values) =>
        (op.startsWith('ForAnyValue:') && op.endsWith('IfExists') && !there.includes(key.toLowerCase()) ? undefined : values));
    },
  },
  {
    what: 'an account in NotPrincipal exempts its root user and nobody else (IAM user guide, "NotPrincipal": the user and the account must both be named); iam-simulate exempts the whole account',
    rewrite(c) {
      if (c.principal.endsWith(':root')) return;
      for (const st of statements(c)) {
        if (!st.NotPrincipal) continue;
        const kept = asList(st.NotPrincipal.AWS).filter((p) => p !== c.account && p !== `arn:aws:iam::${c.account}:root`);
        st.NotPrincipal.AWS = kept.length > 0 ? kept : ['arn:aws:iam::999999999999:user/nobody'];
      }
    },
  },
];

async function theirs(c) {
  const said = await runSimulation({
    request: {
      principal: c.principal,
      action: c.action,
      resource: { resource: c.resource, accountId: c.owner },
      contextVariables: c.context,
    },
    identityPolicies: c.identity,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: c.bucketPolicy,
  }, {});
  return said.resultType === 'error' ? 'error ' + JSON.stringify(said.errors) : said.overallResult;
}

// explain returns the entries that must be applied for both to agree: one if
// one suffices, otherwise all that apply. It is empty if they still disagree.
async function explain(c, ours) {
  const without = async (list) => {
    const copy = structuredClone(c);
    for (const e of list) e.rewrite(copy);
    return (await theirs(copy)) === ours;
  };
  for (const e of explained) {
    if (await without([e])) return [e];
  }
  if (!(await without(explained))) return [];
  const text = JSON.stringify(c);
  return explained.filter((e) => {
    const copy = structuredClone(c);
    e.rewrite(copy);
    return JSON.stringify(copy) !== text;
  });
}

const counts = { cases: 0, crossAccount: 0, allowed: 0, explicit: 0, explained: 0 };
const seen = new Map(explained.map((e) => [e, 0]));
const differences = [];

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line);
  c.identity ??= [];
  counts.cases++;
  if (c.account !== c.owner) counts.crossAccount++;
  if (c.allowed) counts.allowed++;
  if (c.explicit) counts.explicit++;
  const ours = c.allowed ? 'Allowed' : c.explicit ? 'ExplicitlyDenied' : 'ImplicitlyDenied';
  const said = await theirs(c);
  if (said === ours) continue;
  const why = await explain(c, ours);
  if (why.length === 0) differences.push({ ours, theirs: said, ...c });
  else counts.explained++;
  for (const e of why) seen.set(e, seen.get(e) + 1);
}

console.log(`${counts.cases} cases compared, ${counts.crossAccount} between accounts; ` +
  `${counts.allowed} allowed, ${counts.explicit} denied by an explicit deny; ` +
  `${counts.cases - counts.explained - differences.length} equal, ${counts.explained} different with an explanation:`);
for (const [e, n] of seen) console.log(`  ${n}: ${e.what}`);
for (const d of differences.slice(0, 5)) console.error(JSON.stringify(d));
if (differences.length > 0) {
  console.error(`${differences.length} differences without an explanation`);
  process.exit(1);
}
const least = Number(process.argv[2] ?? 10000);
if (counts.cases < least || counts.allowed * 5 < counts.cases || counts.explicit * 10 < counts.cases || counts.crossAccount * 2 < counts.cases) {
  console.error('too few cases, or too few of one kind, to mean anything');
  process.exit(1);
}
