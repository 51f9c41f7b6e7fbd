import { useId, useState } from "preact/hooks";
import { clock } from "./dates";
import { useDesk } from "./desk";
import { diff } from "./diff";
import type { Bucket } from "./types";

// grantOf is the id of the grant that a Sid names, or "".
const grantOf = (sid: unknown) => /^S3Share([0-9A-Z]{8})(List)?$/.exec(String(sid ?? ""))?.[1] ?? "";

interface Statement { text: string; grant: string }

// statements returns the statements of a policy, or null if the text is not a
// policy.
function statements(policy: string): Statement[] | null {
  try {
    const doc = JSON.parse(policy);
    return [doc.Statement].flat().map((s) => ({ text: JSON.stringify(s, null, 2), grant: grantOf(s.Sid) }));
  } catch {
    return null;
  }
}

// BucketPolicy shows one bucket's policy: the current one, its last change, or
// the reader's edit.
export function BucketPolicy({ bucket }: { bucket: Bucket }) {
  const desk = useDesk();
  const [face, setFace] = useState<"now" | "change" | "edit">("now");
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const id = useId(), list = bucket.policy ? statements(bucket.policy) : [];
  const tabs = [["now", "Policy"], ["change", "Last change"], ["edit", "Edit by hand"]] as const;
  const show = (f: typeof face) => {
    setFace(f);
    setWrong("");
    if (f === "edit") setText(bucket.policy || example(bucket.name));
  };
  async function save(policy: string) {
    const problem = await desk.send("policy", { bucket: bucket.name, policy });
    setWrong(problem);
    if (!problem) {
      setFace("change");
      desk.say(`Policy of ${bucket.name} saved.`);
    }
  }
  return (
    <div class="policy">
      <div class="subtabs" role="group" aria-label={`Policy of ${bucket.name}`}>
        {tabs.map(([f, name]) => <button aria-pressed={face === f} onClick={() => show(f)}>{name}{f === "change" && bucket.change && face !== "change" && <span class="dot"><span class="sr">, has one</span></span>}</button>)}
      </div>
      {face === "now" && (list === null ? <pre class="code" tabIndex={0} aria-label="Policy">{bucket.policy}</pre> : list.length === 0 ? <p class="none">No policy: other accounts have no access.</p> : list.map((s) => <OneStatement of={s} />))}
      {face === "change" && <LastChange bucket={bucket} />}
      {face === "edit" && (
        <div class="edit">
          <label for={id}>Policy of {bucket.name}</label>
          <textarea id={id} rows={14} spellcheck={false} value={text} aria-invalid={!!wrong} aria-describedby={wrong ? id + "e" : undefined} onInput={(e) => setText(e.currentTarget.value)} />
          {wrong && <p class="error" id={id + "e"} role="alert">{wrong}</p>}
          <div class="dialog-buttons">
            {bucket.policy && <button class="btn danger" onClick={() => save("")}>Delete the policy</button>}
            <button class="btn" onClick={() => setFace("now")}>Cancel</button>
            <button class="btn primary" onClick={() => save(text)}>Save</button>
          </div>
        </div>
      )}
    </div>
  );
}

function OneStatement({ of: s }: { of: Statement }) {
  return (
    <div class={s.grant ? "statement ours" : "statement"}>
      <p class="whose">{s.grant ? <>Written by s3share for grant <code>{s.grant}</code></> : "Not from s3share: s3share leaves it unchanged"}</p>
      <pre tabIndex={0} aria-label={s.grant ? `Statement of grant ${s.grant}` : "Foreign statement"}>{s.text.split(/("aws:CurrentTime": "[^"]+")/).map((t, i) => (i % 2 ? <mark>{t}</mark> : t))}</pre>
    </div>
  );
}

function LastChange({ bucket }: { bucket: Bucket }) {
  const c = bucket.change;
  if (!c) return <p class="none">No change since the page was opened.</p>;
  return (
    <div class="diff">
      <p class="whose">{clock(c.at)}, {c.by === "bot" ? "by s3share" : "by hand"}{c.what ? ": " + c.what : ""}</p>
      <pre tabIndex={0} aria-label="The last change as a diff">
        {diff(c.before, c.after).map((l) => l.sign === " " ? <span>{"  " + l.text}</span> : l.sign === "+" ? <ins>{"+ " + l.text}</ins> : <del>{"- " + l.text}</del>)}
      </pre>
    </div>
  );
}

const example = (bucket: string) => JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "TerraformNoSecrets", Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/secrets/*` }],
}, null, 2);
