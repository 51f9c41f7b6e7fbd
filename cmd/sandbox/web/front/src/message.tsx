import { Blocks } from "./blocks";
import { clock, full, ofTS } from "./dates";
import { useDesk } from "./desk";
import { Picture } from "./emoji";
import { Menu } from "./menu";
import { Mrkdwn } from "./mrkdwn";
import type { Message } from "./types";

const hues: Record<string, string> = { U0RITA: "rose", U0ADA: "teal", U0BOB: "blue", U0EVE: "plum" };

export function Avatar({ user, small }: { user: string; small?: boolean }) {
  const { world } = useDesk();
  const bot = user === world.app.id;
  const name = bot ? "" : world.people.find((p) => p.id === user)?.name ?? "?";
  return <span class={`avatar ${bot ? "bot" : hues[user] ?? "grey"} ${small ? "small" : ""}`} aria-hidden="true">{bot ? <img src="icon.svg" alt="" /> : name[0]}</span>;
}

interface Props { message: Message; joined?: boolean; replies?: number; thread?(): void }

// OneMessage is a message as its reader sees it. joined is true if the message
// before it has the same author.
export function OneMessage({ message: m, joined, replies = 0, thread }: Props) {
  const desk = useDesk(), bot = m.user === desk.world.app.id;
  const name = bot ? desk.world.app.name : desk.world.people.find((p) => p.id === m.user)?.name ?? m.user;
  const shortcuts = m.to ? [] : desk.world.app.shortcuts.filter((s) => s.type === "message");
  const tell = async (answer: Promise<{ error?: string }>) => {
    const a = await answer;
    if (a.error) desk.say(a.error, true);
  };
  return (
    <article class={`message ${m.to ? "whisper" : ""} ${joined ? "joined" : ""}`} data-ts={m.ts} aria-label={`${name}, ${clock(ofTS(m.ts))}`}>
      {joined ? <span class="gutter" /> : <Avatar user={m.user} />}
      <div class="message-body">
        {m.to && <p class="only"><Picture name="eyes" /> Only visible to you</p>}
        {!joined && (
          <p class="by">
            <b>{name}</b> {bot && <span class="badge">APP</span>} <time dateTime={new Date(ofTS(m.ts)).toISOString()} title={full(ofTS(m.ts))}>{clock(ofTS(m.ts))}</time>
            {!!m.edited && <span class="edited" title="The bot has updated this message in place."> updated</span>}
          </p>
        )}
        {m.blocks?.length ? <Blocks blocks={m.blocks} on={{ channel: m.channel, ts: m.ts }} /> : <div class="b-text"><Mrkdwn text={m.text} /></div>}
        {m.files?.map((f) => (
          <details class="file">
            <summary>{f.title || f.name}</summary>
            <pre class="code" tabIndex={0} aria-label={f.name}>{f.content}</pre>
          </details>
        ))}
        {replies > 0 && thread && <button class="link replies" onClick={thread}>{replies === 1 ? "1 reply" : `${replies} replies`}</button>}
        {m.to && <button class="link dismiss" onClick={() => tell(desk.do({ do: "dismiss", channel: m.channel, ts: m.ts }))}>Dismiss message</button>}
      </div>
      {shortcuts.length > 0 && (
        <div class="message-menu">
          <Menu label={`More for the message of ${name}`} items={shortcuts.map((s) => ({ label: s.name, note: desk.world.app.name, pick: () => tell(desk.do({ do: "shortcut on", channel: m.channel, ts: m.ts, action: s.callbackID })) }))} />
        </div>
      )}
    </article>
  );
}
