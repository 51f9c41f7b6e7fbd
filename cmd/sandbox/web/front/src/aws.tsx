import { useEffect, useState } from "preact/hooks";
import { Can } from "./can";
import { useDesk } from "./desk";
import { BucketPolicy } from "./policy";
import { Timeline } from "./timeline";
import type { Account, Group, Policy, Principal } from "./types";

// Aws shows the current state of AWS, on both sides.
export function Aws() {
  const { world } = useDesk();
  const owners = world.accounts.filter((a) => a.buckets?.length), grantees = world.accounts.filter((a) => !a.buckets?.length);
  return (
    <>
      <Can />
      <Timeline />
      {owners.map((a) => <Owner key={a.id} account={a} />)}
      {grantees.map((a) => <Grantee key={a.id} account={a} />)}
      <OwnTools />
    </>
  );
}

function Owner({ account: a }: { account: Account }) {
  const { world } = useDesk();
  const [chosen, choose] = useState(world.question.bucket);
  useEffect(() => choose(world.question.bucket), [world.question.bucket]);
  const bucket = a.buckets!.find((b) => b.name === chosen) ?? a.buckets![0];
  const first = a.buckets!.filter((b) => b === bucket || b.policy || b.name === world.question.bucket), rest = a.buckets!.filter((b) => !first.includes(b));
  return (
    <section class="card" aria-label={`Account ${a.name}`}>
      <h2>Account {a.name} <small>{a.id} has the buckets</small></h2>
      <div class="chips" role="group" aria-label="Buckets">
        {first.map((b) => <button aria-pressed={b === bucket} onClick={() => choose(b.name)}>{b.name}{b.policy && <span class="dot"><span class="sr">, has a policy</span></span>}</button>)}
        {rest.length > 0 && (
          <select aria-label="Other buckets" value="" onChange={(e) => choose(e.currentTarget.value)}>
            <option value="">{rest.length} more…</option>
            {rest.map((b) => <option value={b.name}>{b.name}</option>)}
          </select>
        )}
      </div>
      <BucketPolicy key={bucket.name} bucket={bucket} />
    </section>
  );
}

function Grantee({ account: a }: { account: Account }) {
  const { world } = useDesk();
  const users = [...(a.users ?? []), ...(a.roles ?? [])].filter((u) => !u.name.startsWith("s3share"));
  const asked = world.question.who.split("/").pop();
  const [chosen, choose] = useState("");
  const user = users.find((u) => u.name === (chosen || asked)) ?? users[0];
  return (
    <section class="card" aria-label={`Account ${a.name}`}>
      <h2>Account {a.name} <small>{a.id} has the users</small></h2>
      <div class="chips" role="group" aria-label="Users and roles">
        {users.map((u) => <button aria-pressed={u === user} onClick={() => choose(u.name)}>{u.name}{open(u) && <span class="dot"><span class="sr">, has access from s3share</span></span>}</button>)}
      </div>
      {user && <OnePrincipal of={user} groups={a.groups ?? []} />}
    </section>
  );
}

const open = (u: Principal) => !!u.groups?.includes("s3share") || !!u.policies?.some((p) => p.name.endsWith("policy/s3share/s3share"));

function OnePrincipal({ of: u, groups }: { of: Principal; groups: Group[] }) {
  const mine = groups.filter((g) => u.groups?.includes(g.name)), others = groups.filter((g) => !u.groups?.includes(g.name));
  return (
    <div class="principal">
      <p class="arn"><code>{u.arn}</code></p>
      {mine.length === 0 && !u.policies?.length && <p class="none">No group and no policy: no permissions.</p>}
      {mine.map((g) => (
        <div class="statement ours">
          <p class="whose">Member of the group <code>{g.name}</code>, added by s3share. The permissions of the group are set at installation:</p>
          {g.policies?.map((p) => <PolicyText of={p} />)}
        </div>
      ))}
      {u.policies?.map((p) => (
        <div class={p.name.endsWith("policy/s3share/s3share") ? "statement ours" : "statement"}>
          <p class="whose">{p.name.endsWith("policy/s3share/s3share") ? "Attached by s3share" : "Own policy"}</p>
          <PolicyText of={p} />
        </div>
      ))}
      {others.length > 0 && <p class="none">Not in {others.map((g) => g.name).join(", ")}.</p>}
    </div>
  );
}

const PolicyText = ({ of: p }: { of: Policy }) => (
  <details>
    <summary>Policy {p.name.split("/").pop()}</summary>
    <pre tabIndex={0} aria-label={`Policy ${p.name}`}>{p.text}</pre>
  </details>
);

// OwnTools explains how to reach the simulators with other programs.
function OwnTools() {
  const { world: { endpoints, keys } } = useDesk();
  const lines = `export AWS_ENDPOINT_URL=${endpoints.aws}
export AWS_ACCESS_KEY_ID=${keys.id} AWS_SECRET_ACCESS_KEY=${keys.secret}
export AWS_REGION=us-east-1
aws s3 cp s3://my-shared-bucket-20932/builds/a.txt -`;
  return (
    <details class="card own">
      <summary>Try it with your own AWS tools</summary>
      <p>These keys of <code>build/test.user</code> work only in this sandbox.</p>
      <pre tabIndex={0} aria-label="Commands for a shell">{lines}</pre>
      <p>Slack’s Web API is at <code>{endpoints.slack}</code>.</p>
    </details>
  );
}
