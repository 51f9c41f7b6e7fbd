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

interface Props { channel: Channel; thread: string; openThread(ts: string): void; draft: string; setDraft(text: string): void }

export function Conversation({ channel, thread, openThread, draft, setDraft }: Props) {
  const desk = useDesk(), list = useRef<HTMLDivElement>(null);
  const messages = seenIn(desk.world, channel, desk.as, thread);
  const last = messages[messages.length - 1];
  const answers = (ts: string) => channel.messages.filter((m) => m.thread === ts && m.ts !== ts).length;
  useLayoutEffect(() => {
    const box = list.current!;
    box.scrollTop = box.scrollHeight;
  }, [channel.id, desk.as, thread, last?.ts, messages.length]);
  const name = channel.dm ? desk.world.app.name : "#" + channel.name;
  let previous: Message | undefined, date = "";
  return (
    <>
      {thread && (
        <div class="thread-bar">
          <button class="btn" onClick={() => openThread("")}>← {name}</button>
          <b>Thread</b>
        </div>
      )}
      <div class="messages" ref={list} role="log" aria-label={`Messages in ${name}`} tabIndex={0}>
        {messages.length === 0 && <p class="empty">{channel.dm ? `${desk.world.app.name} sends you messages here.` : `This is the beginning of ${name}.`}</p>}
        {messages.map((m) => {
          const today = day(ofTS(m.ts), desk.now);
          const divider = today !== date && <div class="day" role="separator" aria-label={today}><span aria-hidden="true">{today}</span></div>;
          const joined = !divider && previous?.user === m.user && !m.to && !previous.to && ofTS(m.ts) - ofTS(previous.ts) < 120_000 && !m.blocks?.length && !previous.blocks?.length;
          date = today;
          previous = m;
          return <>{divider}<OneMessage key={m.ts} message={m} joined={joined} replies={thread ? 0 : answers(m.ts)} thread={() => openThread(m.ts)} /></>;
        })}
      </div>
      {channel.dm && desk.world.app.readOnly ? <p class="read-only">Only {name} can write here. Type commands in a channel.</p> : !thread && <Composer channel={channel.id} placeholder={`Message ${name}`} text={draft} setText={setDraft} />}
    </>
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
