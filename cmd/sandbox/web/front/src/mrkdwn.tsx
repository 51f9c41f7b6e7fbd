import type { ComponentChildren } from "preact";
import { slackDate, full } from "./dates";
import { Emoji, isDrawn, withEmoji } from "./emoji";
import { useDesk } from "./desk";

// Mrkdwn draws Slack's own mark-up (docs.slack.dev/messaging/formatting-message-text).
export function Mrkdwn({ text }: { text: string }) {
  return <>{fenced(text)}</>;
}

// fenced separates code blocks before other markup is read.
function fenced(text: string): ComponentChildren[] {
  return text.split("```").flatMap((part, i, all): ComponentChildren[] => {
    if (i % 2 === 1 && i < all.length - 1) return [<pre class="code" tabIndex={0} aria-label="Code">{unescape(part.replace(/^\n/, "").replace(/\n$/, ""))}</pre>];
    const open = i % 2 === 1 ? "```" : ""; // an unclosed fence
    return lines(open + (i > 1 && !open ? part.replace(/^\n/, "") : part)); // a code block ends its line
  });
}

function lines(text: string): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let quoted: string[] = [];
  const flush = () => {
    if (quoted.length) out.push(<blockquote>{inline(quoted.join("\n"))}</blockquote>);
    quoted = [];
  };
  let plain: string[] = [];
  const settle = () => {
    if (plain.join("")) out.push(<span>{inline(plain.join("\n"))}</span>);
    plain = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^&gt; ?/.exec(line);
    if (quote) {
      settle();
      quoted.push(line.slice(quote[0].length));
      continue;
    }
    flush();
    plain.push(line);
  }
  flush();
  settle();
  return out;
}

const marks: Record<string, (c: ComponentChildren) => ComponentChildren> = {
  "*": (c) => <strong>{c}</strong>,
  _: (c) => <em>{c}</em>,
  "~": (c) => <s>{c}</s>,
};

const wordly = (c: string | undefined) => c !== undefined && /[\p{L}\p{N}]/u.test(c);

// inline draws one run of text. A mark counts only if no letter touches it from
// outside: the star in s3:Get* begins nothing.
export function inline(text: string): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let plain = "";
  const flush = () => {
    if (plain) out.push(...broken(unescape(plain)));
    plain = "";
  };
  for (let i = 0; i < text.length; ) {
    const c = text[i];
    const found = c === "`" ? codeAt(text, i) : c === "<" ? entityAt(text, i) : marks[c] ? markAt(text, i) : c === ":" ? emojiAt(text, i) : null;
    if (found) {
      flush();
      out.push(found.node);
      i = found.end;
      continue;
    }
    plain += c;
    i++;
  }
  flush();
  return out;
}

type Found = { node: ComponentChildren; end: number } | null;

function codeAt(text: string, i: number): Found {
  const end = text.indexOf("`", i + 1);
  const body = text.slice(i + 1, end);
  return end > i + 1 && !body.includes("\n") ? { node: <code>{unescape(body)}</code>, end: end + 1 } : null;
}

function markAt(text: string, i: number): Found {
  const c = text[i];
  if (wordly(text[i - 1]) || !text[i + 1] || /\s/.test(text[i + 1]) || text[i + 1] === c) return null;
  for (let end = text.indexOf(c, i + 1); end > 0; end = text.indexOf(c, end + 1)) {
    if (text.slice(i, end).includes("\n")) return null;
    if (!/\s/.test(text[end - 1]) && !wordly(text[end + 1])) return { node: marks[c](inline(text.slice(i + 1, end))), end: end + 1 };
  }
  return null;
}

function emojiAt(text: string, i: number): Found {
  const name = /^:([a-z0-9_+-]+):/.exec(text.slice(i, i + 40));
  return name && isDrawn(name[1]) ? { node: <Emoji name={name[1]} />, end: i + name[0].length } : null;
}

function entityAt(text: string, i: number): Found {
  const end = text.indexOf(">", i);
  if (end < 0) return null;
  const [target, label] = split(text.slice(i + 1, end), "|");
  return { node: <Entity target={target} label={label && unescape(label)} />, end: end + 1 };
}

function Entity({ target, label }: { target: string; label: string }) {
  if (target.startsWith("@")) return <Mention user={target.slice(1)} />;
  if (target.startsWith("#")) return <ChannelName id={target.slice(1)} label={label} />;
  if (target.startsWith("!date^")) {
    const [, seconds, pattern, link] = target.split("^");
    const shown = <SlackDate seconds={Number(seconds)} pattern={unescape(pattern ?? "")} fallback={label} />;
    return link ? <a href={safeLink(link)}>{shown}</a> : shown;
  }
  if (target.startsWith("!subteam^")) return <span class="mention">{label || "@" + target.slice(9)}</span>;
  if (target.startsWith("!")) return <span class="mention">@{target.slice(1)}</span>;
  return <a href={safeLink(unescape(target))} target="_blank" rel="noreferrer noopener">{label || unescape(target).replace(/^mailto:/, "")}</a>;
}

// safeLink replaces links with an untrusted scheme.
export const safeLink = (url: string) => (/^(https?|mailto):/i.test(url) ? url : "#");

export function Mention({ user }: { user: string }) {
  const { world, as } = useDesk();
  const name = user === world.app.id ? world.app.name : world.people.find((p) => p.id === user)?.name ?? user;
  return <span class={user === as ? "mention me" : "mention"}>@{name}</span>;
}

export function ChannelName({ id, label }: { id: string; label?: string }) {
  const { world, go } = useDesk();
  const found = world.channels.find((c) => c.id === id);
  return found ? <button class="link" onClick={() => go(id)}>#{found.name}</button> : <span class="mention">#{label || id}</span>;
}

export function SlackDate({ seconds, pattern, fallback }: { seconds: number; pattern: string; fallback: string }) {
  const { now } = useDesk();
  if (!Number.isFinite(seconds)) return <span>{fallback}</span>;
  return <time dateTime={new Date(seconds * 1000).toISOString()} title={full(seconds * 1000)}>{slackDate(seconds, pattern, now)}</time>;
}

function split(s: string, by: string): [string, string] {
  const at = s.indexOf(by);
  return at < 0 ? [s, ""] : [s.slice(0, at), s.slice(at + 1)];
}

const unescape = (s: string) => s.replace(/&(amp|lt|gt);/g, (_, n) => ({ amp: "&", lt: "<", gt: ">" })[n as "amp" | "lt" | "gt"]);

const broken = (s: string) => s.split("\n").flatMap((line, i): ComponentChildren[] => (i ? [<br />, ...withEmoji(line)] : withEmoji(line)));
