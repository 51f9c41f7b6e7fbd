import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Text } from "./blocks";
import type { Block } from "./types";

// Confirm is the dialog that confirms an element's action.
export function Confirm({ of, yes, no }: { of: Block; yes(): void; no(): void }) {
  const box = useRef<HTMLDialogElement>(null), id = useId();
  useLayoutEffect(() => {
    const back = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    return () => back?.focus();
  }, []);
  return (
    <dialog ref={box} class="confirm" aria-labelledby={id + "t"} aria-describedby={id + "d"} onCancel={(e) => { e.preventDefault(); no(); }}>
      <h2 id={id + "t"}>{of.title.text}</h2>
      <div id={id + "d"} class="confirm-text"><Text of={of.text} /></div>
      <div class="dialog-buttons">
        <button class="btn" onClick={no}>{of.deny.text}</button>
        <button class={`btn ${of.style ?? "primary"}`} onClick={yes}>{of.confirm.text}</button>
      </div>
    </dialog>
  );
}
