import { useState } from "preact/hooks";
import type { Surface } from "./blocks";
import { Confirm } from "./confirm";
import { Control } from "./control";
import { useDesk } from "./desk";
import { Picture } from "./emoji";
import { initial } from "./form";
import { Menu } from "./menu";
import { safeLink } from "./mrkdwn";
import type { Block, FieldState } from "./types";

// ActionBar is a row of interactive elements.
export function ActionBar({ block, on }: { block: Block; on: Surface }) {
  return <div class="b-actions">{block.elements.map((e: Block) => <Element key={e.action_id} block={block} element={e} on={on} />)}</div>;
}

// Element is an interactive element outside an input block. Its action goes to
// the bot at once, or after confirmation if the element has a confirm dialog.
export function Element({ block, element: e, on }: { block: Block; element: Block; on: Surface }) {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<(() => void) | null>(null);
  const [local, setLocal] = useState<FieldState>(initial(e));
  const kept = on.form?.state[block.block_id]?.[e.action_id] ?? local;

  async function act(state?: FieldState) {
    setBusy(true);
    try {
      const a = await desk.do({ do: "press", channel: on.channel, ts: on.ts, view: on.view, block: block.block_id, action: e.action_id, state });
      if (a.error) desk.say(a.error, true);
    } finally {
      setBusy(false);
    }
  }
  const ask = (state?: FieldState) => {
    if (e.confirm) setAsking(() => () => act(state));
    else act(state);
  };
  const dialog = asking && <Confirm of={e.confirm} yes={() => { setAsking(null); asking(); }} no={() => setAsking(null)} />;
  if (e.type === "image") return <span class="picture" role="img" aria-label={e.alt_text}><Picture name="image" /></span>;
  if (e.type === "button" || e.type === "workflow_button") {
    const press = () => {
      if (e.url) window.open(safeLink(e.url), "_blank", "noreferrer");
      ask();
    };
    return (
      <>
        <button class={`btn ${e.style ?? ""}`} aria-busy={busy} disabled={busy} onClick={press} aria-label={e.accessibility_label}>{e.text.text}</button>
        {dialog}
      </>
    );
  }
  if (e.type === "overflow") {
    return (
      <>
        <Menu label="More actions" items={e.options.map((o: Block) => ({ label: o.text.text, note: o.description?.text, pick: () => ask({ type: "overflow", selected_option: o }) }))} />
        {dialog}
      </>
    );
  }
  const change = (state: FieldState) => {
    setLocal(state);
    on.form?.set(block.block_id, e.action_id, state);
    ask(state);
  };
  return (
    <div class="b-control">
      <Control block={block} element={e} on={on} state={kept} change={change} label={e.placeholder?.text ?? block.text?.text ?? "Choose"} />
      {dialog}
    </div>
  );
}
