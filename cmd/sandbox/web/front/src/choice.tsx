import { useEffect, useId, useRef, useState } from "preact/hooks";

export interface Option { value: string; label: string; note?: string; group?: string; raw?: any }

interface Props {
  id?: string;
  label?: string;
  describedBy?: string;
  invalid?: boolean;
  placeholder?: string;
  chosen: Option | null;
  options: Option[]; // all options, unless load is given
  load?: (query: string) => Promise<Option[]>; // type-ahead: the options for the typed text
  least?: number; // minimum length of a query for load
  choose(o: Option | null): void;
  clearable?: boolean;
}

// Choice is a menu with a text field: Slack's static and external select. It
// follows the combobox pattern with a list
// (w3.org/WAI/ARIA/apg/patterns/combobox).
export function Choice(p: Props) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState<string | null>(null); // null: no text typed since it opened
  const [found, setFound] = useState<Option[] | null>(null);
  const [at, setAt] = useState(-1);
  const id = useId(), box = useRef<HTMLDivElement>(null), field = useRef<HTMLInputElement>(null);
  const least = p.least ?? 0, typed = query ?? "";

  useEffect(() => {
    if (!open || !p.load) return;
    if (typed.length < least) return setFound(null);
    let stale = false;
    const soon = setTimeout(() => p.load!(typed).then((o) => !stale && setFound(o), () => !stale && setFound([])), 150);
    return () => {
      stale = true;
      clearTimeout(soon);
    };
  }, [open, typed]);

  const list = p.load ? found ?? [] : p.options.filter((o) => (o.label + " " + (o.note ?? "")).toLowerCase().includes(typed.toLowerCase()));
  const hint = p.load && found === null ? (typed.length < least ? `Type at least ${least} character${least > 1 ? "s" : ""}.` : "Searching…") : list.length === 0 ? "No matches." : "";
  const shut = () => {
    setOpen(false);
    setQuery(null);
    setAt(-1);
  };
  const pick = (o: Option) => {
    p.choose(o);
    shut();
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (!open) return setOpen(true);
      const step = e.key === "ArrowDown" ? 1 : -1;
      setAt(list.length ? (at + step + list.length) % list.length : -1);
    } else if (e.key === "Enter" && open && list[at]) {
      e.preventDefault();
      pick(list[at]);
    } else if (e.key === "Escape" && open) {
      e.preventDefault();
      e.stopPropagation();
      shut();
    }
  };
  useEffect(() => box.current?.querySelector(`[id="${id}o${at}"]`)?.scrollIntoView({ block: "nearest" }), [at]);
  let group = "";
  return (
    <div class="choice" ref={box} onFocusOut={(e) => !box.current?.contains(e.relatedTarget as Node) && shut()}>
      <input
        ref={field} id={p.id} type="text" role="combobox" autocomplete="off" aria-autocomplete="list" aria-expanded={open} aria-controls={id + "l"}
        aria-label={p.label} aria-describedby={p.describedBy} aria-invalid={p.invalid}
        aria-activedescendant={open && at >= 0 ? `${id}o${at}` : undefined}
        placeholder={p.placeholder ?? p.label} value={query ?? p.chosen?.label ?? ""}
        onClick={() => setOpen(true)} onKeyDown={keys}
        onInput={(e) => { setQuery(e.currentTarget.value); setOpen(true); setAt(-1); }}
      />
      {p.clearable && p.chosen && <button class="clear" aria-label="Clear" onClick={() => { p.choose(null); field.current?.focus(); }}>×</button>}
      <div class="pop" hidden={!open}>
        <ul role="listbox" id={id + "l"} aria-label={p.label ?? "Choices"}>
          {list.map((o, i) => {
            const head = o.group && o.group !== group ? o.group : "";
            group = o.group ?? "";
            return (
              <>
                {head && <li class="group" role="presentation">{head}</li>}
                <li id={`${id}o${i}`} role="option" aria-selected={o.value === p.chosen?.value} class={i === at ? "active" : ""} onMouseDown={(e) => e.preventDefault()} onClick={() => pick(o)}>
                  {o.label}
                  {o.note && <small>{o.note}</small>}
                </li>
              </>
            );
          })}
        </ul>
        {hint && <p class="hint" role="status">{hint}</p>}
      </div>
    </div>
  );
}
