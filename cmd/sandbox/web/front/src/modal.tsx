import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Blocks } from "./blocks";
import { useDesk } from "./desk";
import type { Form } from "./form";
import type { FormState, View } from "./types";

// Modal is the topmost view. It covers only Slack, so that the levers stay
// usable while a form is open.
export function Modal({ view, below }: { view: View; below: number }) {
  const desk = useDesk(), id = useId(), box = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState<FormState>({});
  const [wrong, setWrong] = useState("");
  const [fields, setFields] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  useLayoutEffect(() => {
    const back = document.activeElement as HTMLElement | null;
    const first = box.current?.querySelector<HTMLElement>(".modal-body input, .modal-body textarea, .modal-body button") ?? box.current;
    first?.focus({ preventScroll: true });
    return () => back?.isConnected && back.focus();
  }, [view.id]);
  useEffect(() => setFields(view.errors ?? {}), [JSON.stringify(view.errors), view.hash]);

  // Typed values survive an update of the view; all else comes from the bot.
  const form: Form = useMemo(() => ({
    id: view.id,
    state: merge(view.state ?? {}, typed),
    errors: fields,
    set: (block, action, state) => {
      setTyped((t) => ({ ...t, [block]: { ...t[block], [action]: state } }));
      setFields(({ [block]: _, ...rest }) => rest);
    },
  }), [view, typed, fields]);

  async function submit() {
    setBusy(true);
    setWrong("");
    const a = await desk.do({ do: "submit", view: view.id, state: sent(view, form.state) });
    setBusy(false);
    setFields(a.fieldErrors ?? {});
    if (a.fieldErrors) setTimeout(() => box.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    else if (a.error) setWrong(a.error);
  }
  const close = () => desk.do({ do: "close", view: view.id });
  const keys = (e: KeyboardEvent) => {
    if (e.key === "Escape" && !e.defaultPrevented) close();
    if (e.key === "Enter" && (e.metaKey || e.ctrlKey) && view.submit) submit();
    if (e.key === "Tab") keepIn(box.current!, e);
  };
  return (
    <div class="veil">
      <div ref={box} class="modal" role="dialog" aria-labelledby={id} tabIndex={-1} onKeyDown={keys}>
        <header>
          <h2 id={id}>{view.title}</h2>
          <button class="btn icon" aria-label="Close the form" onClick={close}>×</button>
        </header>
        <div class="modal-body">
          {wrong && <p class="error" role="alert">{wrong}</p>}
          <Blocks blocks={view.blocks ?? []} on={{ view: view.id, form }} />
        </div>
        <footer class="dialog-buttons">
          {(view.close || below > 0 || view.submit) && <button class="btn" onClick={close}>{view.close || (below > 0 ? "Back" : "Close")}</button>}
          {view.submit && <button class="btn primary" disabled={busy} aria-busy={busy} onClick={submit}>{view.submit}</button>}
        </footer>
      </div>
    </div>
  );
}

const merge = (base: FormState, over: FormState): FormState => {
  const out: FormState = {};
  for (const [block, actions] of Object.entries(base)) {
    out[block] = {};
    for (const [action, state] of Object.entries(actions)) {
      const mine = over[block]?.[action];
      out[block][action] = mine && mine.type === state.type ? mine : state;
    }
  }
  return out;
};

// sent is the part of the state that belongs to input blocks and sections.
const sent = (view: View, state: FormState): FormState => Object.fromEntries(Object.entries(state).filter(([block]) => (view.blocks ?? []).some((b) => b.block_id === block)));

// keepIn keeps the Tab key inside the form; the levers remain clickable.
function keepIn(box: HTMLElement, e: KeyboardEvent) {
  const all = [...box.querySelectorAll<HTMLElement>("button, input, textarea, a[href], [tabindex='0']")].filter((x) => !x.hasAttribute("disabled") && x.offsetParent);
  const first = all[0], last = all[all.length - 1];
  if (e.shiftKey && document.activeElement === first) last.focus();
  else if (!e.shiftKey && document.activeElement === last) first.focus();
  else return;
  e.preventDefault();
}
