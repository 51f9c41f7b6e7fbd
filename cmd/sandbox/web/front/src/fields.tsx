import { useId, useRef } from "preact/hooks";
import type { Surface } from "./blocks";
import { Control } from "./control";
import { useDesk } from "./desk";
import { initial } from "./form";
import type { Block, FieldState } from "./types";

const typed = /_input$/;

// dispatches reports whether a text field tells the bot on an occasion: on_enter_pressed, which
// is the default, or on_character_entered.
const dispatches = (b: Block, occasion: string): boolean =>
  b.dispatch_action && typed.test(b.element.type) && (b.element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"]).includes(occasion);

// Field is an input block: a label, a control, a hint and an error.
export function Field({ block: b, on }: { block: Block; on: Surface }) {
  const desk = useDesk(), id = useId(), e = b.element;
  const error = on.form?.errors[b.block_id];
  const state = on.form?.state[b.block_id]?.[e.action_id] ?? initial(e);
  const act = (s: FieldState) => desk.do({ do: "press", channel: on.channel, ts: on.ts, view: on.view, block: b.block_id, action: e.action_id, state: s });
  const tell = useLatest(act);
  const change = (s: FieldState) => {
    on.form?.set(b.block_id, e.action_id, s);
    if (b.dispatch_action && !typed.test(e.type)) act(s);
    if (dispatches(b, "on_character_entered")) tell(s);
  };
  const enter = (x: KeyboardEvent) => {
    if (x.key !== "Enter" || x.shiftKey || !dispatches(b, "on_enter_pressed")) return;
    x.preventDefault();
    act(state);
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

// useLatest returns a function that sends one state after the other, so that they arrive in
// order. While one is on its way, only the latest waits.
function useLatest(send: (s: FieldState) => Promise<unknown>): (s: FieldState) => void {
  const busy = useRef(false), next = useRef<FieldState | null>(null);
  return async (s) => {
    next.current = s;
    if (busy.current) return;
    busy.current = true;
    while (next.current) {
      const one = next.current;
      next.current = null;
      await send(one);
    }
    busy.current = false;
  };
}
