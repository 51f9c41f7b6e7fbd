import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Item { label: string; note?: string; pick(): void }

// Menu is a button that opens a list of actions.
export function Menu({ label, items, face = "⋯" }: { label: string; items: Item[]; face?: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null), opener = useRef<HTMLButtonElement>(null), id = useId();
  const shut = (back = true) => {
    setOpen(false);
    if (back) opener.current?.focus();
  };
  // Run before the browser handles the next key; otherwise an early key would
  // be lost.
  useLayoutEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const away = (e: Event) => !box.current?.parentElement?.contains(e.target as Node) && setOpen(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const keys = (e: KeyboardEvent) => {
    const all = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) all[to % all.length]?.focus();
    else if (e.key === "Escape") shut();
    else if (e.key === "Tab") return setOpen(false);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <span class="menu">
      <button ref={opener} class="btn icon" aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} aria-label={label} title={label} onClick={() => setOpen(!open)}>{face}</button>
      {open && (
        <div ref={box} id={id} class="pop" role="menu" aria-label={label} onKeyDown={keys}>
          {items.map((i) => (
            <button role="menuitem" tabIndex={-1} onClick={() => { shut(); i.pick(); }}>
              {i.label}
              {i.note && <small>{i.note}</small>}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
