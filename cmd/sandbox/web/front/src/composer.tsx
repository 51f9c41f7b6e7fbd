import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { complete } from "./complete";
import { useDesk } from "./desk";
import { Picture } from "./emoji";
import { Menu } from "./menu";

interface Props { channel: string; placeholder: string; text: string; setText(text: string): void }

// Composer is the message box. For a command it shows the usage and
// completions: Tab takes the first match, the arrow keys choose another.
export function Composer({ channel, placeholder, text, setText }: Props) {
  const desk = useDesk(), id = useId(), field = useRef<HTMLTextAreaElement>(null);
  const [at, setAt] = useState(-1);
  const [shut, setShut] = useState(false);
  const [busy, setBusy] = useState(false);
  const help = complete(text, desk.world);
  const items = shut || !help ? [] : help.items.slice(0, 8);

  useLayoutEffect(() => setAt(-1), [text]); // at once, or it would undo an arrow key that follows
  useEffect(() => {
    const f = field.current!;
    f.style.height = "auto";
    f.style.height = Math.min(f.scrollHeight, 160) + "px";
  }, [text]);
  useEffect(() => document.getElementById(`${id}o${at}`)?.scrollIntoView({ block: "nearest" }), [at]);

  const take = (i: number) => {
    setText(items[i].insert);
    field.current?.focus();
  };
  async function send() {
    const typed = text.trim();
    if (!typed || busy) return;
    setBusy(true);
    setText("");
    const a = await desk.do({ do: "say", channel, text: typed });
    setBusy(false);
    if (a.error) {
      setText(typed);
      desk.say(a.error, true);
    }
    field.current?.focus();
  }
  const keys = (e: KeyboardEvent) => {
    if (items.length && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      setAt((at + (e.key === "ArrowDown" ? 1 : items.length + (at < 0 ? 0 : -1))) % items.length);
    } else if (items.length && e.key === "Tab" && !e.shiftKey) take(Math.max(at, 0));
    else if (items.length && e.key === "Escape") setShut(true);
    else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      if (at >= 0 && items[at]) take(at);
      else send();
    } else return;
    e.preventDefault();
  };
  const globals = desk.world.app.shortcuts.filter((s) => s.type === "global");
  const run = async (callbackID: string) => {
    const a = await desk.do({ do: "shortcut", action: callbackID });
    if (a.error) desk.say(a.error, true);
  };
  return (
    <div class="composer">
      {help && (
        <div class="completion">
          <p class="usage" id={id + "u"}>
            {!help.usage.some((u) => u.here) || <b>{desk.world.app.command.name}</b>} {help.usage.map((u) => <span class={u.here ? "here" : ""}>{u.text} </span>)}
          </p>
          <ul role="listbox" tabIndex={0} id={id + "l"} aria-label="Completions" hidden={!items.length}>
            {items.map((c, i) => (
              <li id={`${id}o${i}`} role="option" aria-selected={i === at} class={i === at ? "active" : ""} onMouseDown={(e) => e.preventDefault()} onClick={() => take(i)}>
                <b>{c.label}</b> <span>{c.note}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div class="box">
        {globals.length > 0 && <Menu face={<Picture name="zap" />} label="Shortcuts" items={globals.map((s) => ({ label: s.name, note: desk.world.app.name, pick: () => run(s.callbackID) }))} />}
        <textarea
          ref={field} rows={1} aria-label={placeholder} placeholder={placeholder} value={text} autocomplete="off" autocapitalize="off" spellcheck={false}
          aria-autocomplete="list" aria-controls={items.length ? id + "l" : undefined} aria-activedescendant={at >= 0 ? `${id}o${at}` : undefined} aria-describedby={help ? id + "u" : undefined}
          onInput={(e) => { setShut(false); setText(e.currentTarget.value); }} onKeyDown={keys}
        />
        <button class="btn primary send" aria-label="Send" disabled={!text.trim() || busy} onClick={send}><Picture name="send" /></button>
      </div>
      <p class="tip">{items.length ? <><kbd>Tab</kbd> completes, <kbd>Enter</kbd> sends</> : <>Try <button class="link" onClick={() => { setText(desk.world.app.command.name + " "); field.current?.focus(); }}>{desk.world.app.command.name}</button></>}</p>
    </div>
  );
}
