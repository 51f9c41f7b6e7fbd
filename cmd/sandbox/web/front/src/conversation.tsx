import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Blocks } from "./blocks";
import { Composer } from "./composer";
import { day, ofTS } from "./dates";
import { useDesk } from "./desk";
import { OneMessage } from "./message";
import type { Channel, Message, World } from "./types";

// seenIn returns the messages that a person sees in a conversation, oldest
// first; with a thread, the messages of that thread.
export function seenIn(w: World, channel: Channel, as: string, thread = ""): Message[] {
  const whispers = w.whispers.filter((m) => m.channel === channel.id && m.to === as);
  return [...channel.messages, ...whispers]
    .filter((m) => (thread ? m.ts === thread || m.thread === thread : !m.thread || m.thread === m.ts))
    .sort((a, b) => Number(a.ts) - Number(b.ts));
}

interface Props { channel: Channel; openThread(ts: string): void; draft: string; setDraft(text: string): void }

export function Conversation({ channel, openThread, draft, setDraft }: Props) {
  const { world } = useDesk(), name = useName(channel);
  const answers = (ts: string) => channel.messages.filter((m) => m.thread === ts && m.ts !== ts).length;
  return (
    <>
      <Messages channel={channel} label={`Messages in ${name}`} empty={channel.dm ? `${world.app.name} sends you messages here.` : `This is the beginning of ${name}.`} answers={answers} openThread={openThread} />
      {channel.dm && world.app.readOnly ? <p class="read-only">Only {name} can write here. Type commands in a channel.</p> : <Composer channel={channel.id} placeholder={`Message ${name}`} text={draft} setText={setDraft} />}
    </>
  );
}

// Thread shows a message and its replies beside the conversation. A narrow
// Slack has no room beside it: the thread covers the conversation, and Back
// leads to it.
export function Thread({ channel, root, close }: { channel: Channel; root: string; close(): void }) {
  const name = useName(channel), head = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const back = document.activeElement as HTMLElement | null;
    head.current?.focus({ preventScroll: true });
    return () => back?.isConnected && back.focus();
  }, [root]);
  return (
    <section class="thread" aria-label="Thread" onKeyDown={(e) => e.key === "Escape" && !e.defaultPrevented && close()}>
      <header class="convo-head">
        <button class="btn back" onClick={close}>Back</button>
        <h2 ref={head} tabIndex={-1}>Thread</h2>
        <span class="members">{name}</span>
        <button class="btn icon" aria-label="Close the thread" title="Close the thread" onClick={close}>×</button>
      </header>
      <Messages channel={channel} thread={root} label={`Thread in ${name}`} />
    </section>
  );
}

const useName = (channel: Channel) => (channel.dm ? useDesk().world.app.name : "#" + channel.name);

interface List { channel: Channel; thread?: string; label: string; empty?: string; answers?(ts: string): number; openThread?(ts: string): void }

function Messages({ channel, thread = "", label, empty, answers, openThread }: List) {
  const desk = useDesk(), list = useRef<HTMLDivElement>(null), atEnd = useRef(true);
  const messages = seenIn(desk.world, channel, desk.as, thread);
  const last = messages[messages.length - 1];
  const toEnd = () => {
    list.current!.scrollTop = list.current!.scrollHeight;
    atEnd.current = true;
  };
  useLayoutEffect(toEnd, [channel.id, desk.as, thread, last?.ts, messages.length]);
  // The newest message stays in view while the list gets smaller or a message grows.
  useLayoutEffect(() => {
    const sized = new ResizeObserver(() => atEnd.current && toEnd());
    sized.observe(list.current!);
    return () => sized.disconnect();
  }, []);
  let previous: Message | undefined, date = "";
  return (
    <div class="messages" ref={list} role="log" aria-label={label} tabIndex={0} onScroll={(e) => { atEnd.current = e.currentTarget.scrollHeight - e.currentTarget.scrollTop - e.currentTarget.clientHeight < 30; }}>
      {messages.length === 0 && <p class="empty">{empty}</p>}
      {messages.map((m) => {
        const today = day(ofTS(m.ts), desk.now);
        const divider = today !== date && <div class="day" role="separator" aria-label={today}><span aria-hidden="true">{today}</span></div>;
        const joined = !divider && previous?.user === m.user && !m.to && !previous.to && ofTS(m.ts) - ofTS(previous.ts) < 120_000 && !m.blocks?.length && !previous.blocks?.length;
        date = today;
        previous = m;
        return <>{divider}<OneMessage key={m.ts} message={m} joined={joined} replies={answers?.(m.ts)} thread={openThread && (() => openThread(m.ts))} /></>;
      })}
    </div>
  );
}

// Home is the app's Home tab.
export function Home() {
  const desk = useDesk(), view = desk.world.homes[desk.as];
  useEffect(() => {
    desk.do({ do: "open home" });
  }, [desk.as]);
  return (
    <div class="messages home" tabIndex={0} role="region" aria-label="Home">
      {view ? <Blocks blocks={view.blocks ?? []} on={{ view: view.id }} /> : <p class="empty">{desk.world.app.name} has not published your Home tab yet.</p>}
    </div>
  );
}
