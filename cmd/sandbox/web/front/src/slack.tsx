import { Conversation, Home, seenIn, Thread } from "./conversation";
import { useDesk } from "./desk";
import { Avatar } from "./message";
import { Modal } from "./modal";
import type { Channel, World } from "./types";

// visible are the conversations in a person's sidebar.
export const visible = (w: World, as: string): Channel[] => w.channels.filter((c) => c.members.includes(as));

// newest is the timestamp of the last message from another author.
function newest(w: World, c: Channel, as: string): number {
  return Math.max(0, ...[...c.messages, ...w.whispers.filter((m) => m.channel === c.id && m.to === as)].filter((m) => m.user !== as).map((m) => Number(m.ts)));
}

export type Read = Record<string, number>; // "person channel": the last timestamp that was in view

const key = (as: string, channel: string) => as + " " + channel;

// readAll marks all messages as read. The page begins in that state.
export function readAll(w: World): Read {
  const read: Read = {};
  for (const p of w.people) for (const c of visible(w, p.id)) read[key(p.id, c.id)] = newest(w, c, p.id);
  return read;
}

export function readOne(w: World, read: Read, as: string, channel: string): Read {
  const c = w.channels.find((x) => x.id === channel);
  const at = c ? newest(w, c, as) : 0;
  return at > (read[key(as, channel)] ?? 0) ? { ...read, [key(as, channel)]: at } : read;
}

export function unread(w: World, read: Read, as: string, c: Channel): number {
  const since = read[key(as, c.id)] ?? 0;
  return seenIn(w, c, as).filter((m) => m.user !== as && Number(m.ts) > since).length;
}

// People switches between the people that the reader plays.
export function People({ read }: { read: Read }) {
  const desk = useDesk();
  return (
    <nav class="people" aria-label="The person you play">
      {desk.world.people.filter((p) => p.plays).map((p) => {
        const news = p.id === desk.as ? 0 : visible(desk.world, p.id).reduce((n, c) => n + unread(desk.world, read, p.id, c), 0);
        return (
          <button aria-pressed={p.id === desk.as} onClick={() => desk.be(p.id)} title={`Switch to ${p.name}, ${p.part}`}>
            <Avatar user={p.id} small />
            <span><b>{p.name}</b><small>{p.part}</small></span>
            {news > 0 && <span class="count">{news}<span class="sr"> unread</span></span>}
          </button>
        );
      })}
    </nav>
  );
}

interface Props { place: string; read: Read; thread: string; openThread(ts: string): void; draft: string; setDraft(text: string): void }

export function Slack({ place, read, thread, openThread, draft, setDraft }: Props) {
  const desk = useDesk(), w = desk.world;
  const mine = visible(w, desk.as), dm = w.people.find((p) => p.id === desk.as)!.dm;
  const channel = w.channels.find((c) => c.id === (place === "home" ? dm : place));
  const stack = w.views[desk.as] ?? [], top = stack[stack.length - 1];
  const beside = !!thread && place !== "home" && channel;
  const link = (c: Channel) => {
    const n = unread(w, read, desk.as, c), here = channel?.id === c.id;
    return (
      <li key={c.id}>
        <button class={n ? "unread" : ""} aria-current={here ? "page" : undefined} onClick={() => desk.go(c.id)}>
          {c.dm ? <Avatar user={w.app.id} small /> : <span class="hash" aria-hidden="true">#</span>}
          <span class="name">{c.dm ? w.app.name : c.name}</span>
          {n > 0 && <span class="count">{n}<span class="sr"> unread</span></span>}
        </button>
      </li>
    );
  };
  return (
    <section class="slack" aria-label="Slack workspace">
      <div class={beside ? "slack-inner with-thread" : "slack-inner"} inert={!!top}>
        <nav class="sidebar" aria-label="Conversations">
          <h2>Acme</h2>
          <h3>Channels</h3>
          <ul>{mine.filter((c) => !c.dm).map(link)}</ul>
          <h3>Apps</h3>
          <ul>{mine.filter((c) => c.dm).map(link)}</ul>
        </nav>
        <div class="convo">
          <header class="convo-head">
            <h2>{channel?.dm ? w.app.name : "# " + (channel?.name ?? "")}</h2>
            {channel?.dm ? (
              <div class="subtabs" role="group" aria-label="Parts of the app">
                {w.app.hasHome && <button aria-pressed={place === "home"} onClick={() => desk.go("home")}>Home</button>}
                <button aria-pressed={place !== "home"} onClick={() => desk.go(dm)}>Messages</button>
              </div>
            ) : (
              <span class="members">{channel?.members.length} members</span>
            )}
          </header>
          {w.levers.slack === "fails" && <p class="banner" role="status">Slack is down: no messages can be sent or received.</p>}
          {place === "home" ? <Home /> : channel ? <Conversation channel={channel} openThread={openThread} draft={draft} setDraft={setDraft} /> : null}
        </div>
        {beside && <Thread channel={channel} root={thread} close={() => openThread("")} />}
      </div>
      {top && <Modal key={top.id} view={top} below={stack.length - 1} />}
    </section>
  );
}
