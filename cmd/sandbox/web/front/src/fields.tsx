import { useId } from "preact/hooks";
import type { Surface } from "./blocks";
import { Control } from "./control";
import { useDesk } from "./desk";
import { initial } from "./form";
import type { Block, FieldState } from "./types";

const typed = /_input$/;

// Field is an input block: a label, a control, a hint and an error.
export function Field({ block: b, on }: { block: Block; on: Surface }) {
  const desk = useDesk(), id = useId(), e = b.element;
  const error = on.form?.errors[b.block_id];
  const state = on.form?.state[b.block_id]?.[e.action_id] ?? initial(e);
  const act = (s: FieldState) => desk.do({ do: "press", channel: on.channel, ts: on.ts, view: on.view, block: b.block_id, action: e.action_id, state: s });
  const change = (s: FieldState) => {
    on.form?.set(b.block_id, e.action_id, s);
    if (b.dispatch_action && !typed.test(e.type)) act(s);
  };
  const enter = (x: KeyboardEvent) => {
    if (b.dispatch_action && typed.test(e.type) && x.key === "Enter" && !x.shiftKey) {
      x.preventDefault();
      act(state);
    }
  };
  return (
    <div class={error ? "field wrong" : "field"} onKeyDown={enter}>
      <label class="label" id={id + "l"} for={id + "c"}>
        {b.label.text}
        {b.optional && <span class="optional"> (optional)</span>}
      </label>
      <Control block={b} element={e} on={on} state={state} change={change} id={id + "c"} label={b.label.text} labelledBy={id + "l"} describedBy={error ? id + "e" : b.hint ? id + "h" : undefined} invalid={!!error} optional={b.optional} />
      {b.hint && <p class="hint" id={id + "h"}>{b.hint.text}</p>}
      {error && <p class="error" id={id + "e"} role="alert">{error}</p>}
    </div>
  );
}
