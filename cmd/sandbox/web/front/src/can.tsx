import { useEffect, useId, useState } from "preact/hooks";
import { principals } from "./complete";
import { useDesk } from "./desk";
import type { Half } from "./types";

const actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetObjectVersion", "s3:PutObjectTagging"];

// Can asks AWS repeatedly whether a user has access, and shows the reasons of
// the two parts.
export function Can() {
  const { world, send } = useDesk(), id = useId();
  const q = world.question, a = world.answer;
  const [key, setKey] = useState(q.key);
  useEffect(() => setKey(q.key), [q.key]);
  useEffect(() => {
    if (key === q.key) return;
    const soon = setTimeout(() => send("question", { ...q, key }), 250);
    return () => clearTimeout(soon);
  }, [key]);
  const set = (change: Partial<typeof q>) => send("question", { ...q, key, ...change });
  const buckets = world.accounts.flatMap((x) => x.buckets ?? []);
  const keys = buckets.find((b) => b.name === q.bucket)?.keys ?? [];
  const owner = world.accounts.find((x) => x.buckets?.some((b) => b.name === q.bucket)), grantee = world.accounts.find((x) => q.who.startsWith(x.name + "/"));
  return (
    <section class={`card can ${a.allowed ? "yes" : "no"}`} aria-labelledby={id}>
      <h2 id={id}>Access right now</h2>
      <div class="sentence">
        <span>Can</span>
        <select aria-label="Principal" value={q.who} onChange={(e) => set({ who: e.currentTarget.value })}>{principals(world).map(([name]) => <option value={name}>{name}</option>)}</select>
        <select aria-label="Action" value={q.action} onChange={(e) => set({ action: e.currentTarget.value })}>{actions.map((x) => <option value={x}>{x}</option>)}</select>
        <select aria-label="Bucket" value={q.bucket} onChange={(e) => set({ bucket: e.currentTarget.value })}>{buckets.map((b) => <option value={b.name}>{b.name}</option>)}</select>
        <span>/</span>
        <input aria-label="Object" value={key} list={id + "k"} spellcheck={false} onInput={(e) => setKey(e.currentTarget.value)} />
        <datalist id={id + "k"}>{keys.map((k) => <option value={k} />)}</datalist>
        <span>?</span>
      </div>
      <p class="verdict" role="status"><span aria-hidden="true">{a.allowed ? "✓" : "✕"}</span> {a.allowed ? "Allowed" : "Denied"}</p>
      <OneHalf name="Bucket policy" place={`in ${owner?.name ?? "?"}`} half={a.owner} />
      <OneHalf name="Group membership or role policy" place={`in ${grantee?.name ?? "?"}`} half={a.grantee} />
    </section>
  );
}

function OneHalf({ name, place, half }: { name: string; place: string; half: Half }) {
  return (
    <div class={half.allowed ? "half open" : "half"}>
      <span class="sign" aria-hidden="true">{half.allowed ? "✓" : "✕"}</span>
      <p><b>{name}</b> <small>{place}</small><br /><span class="why">{half.allowed ? "Yes: " : "No: "}{broken(half.why)}</span></p>
    </div>
  );
}

// broken lets a long ARN break at its separators.
const broken = (s: string) => s.split(/([:/])/).flatMap((t) => (t === ":" || t === "/" ? [t, <wbr />] : [t]));
