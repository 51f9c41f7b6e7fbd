import type { ComponentChildren } from "preact";
import { Emoji, withEmoji } from "./emoji";
import { ChannelName, Mention, safeLink, SlackDate } from "./mrkdwn";
import type { Block } from "./types";

// RichText draws the elements of a rich_text block.
export function RichText({ elements }: { elements: Block[] }) {
  return <div class="b-rich">{elements.map(part)}</div>;
}

function part(e: Block): ComponentChildren {
  const inside = () => (e.elements ?? []).map(run);
  switch (e.type) {
    case "rich_text_list": {
      const items = e.elements.map((x: Block) => <li>{x.elements.map(run)}</li>);
      return e.style === "ordered" ? <ol start={(e.offset ?? 0) + 1}>{items}</ol> : <ul>{items}</ul>;
    }
    case "rich_text_quote":
      return <blockquote>{inside()}</blockquote>;
    case "rich_text_preformatted":
      return <pre class="code" tabIndex={0} aria-label="Code">{inside()}</pre>;
  }
  return <p>{inside()}</p>;
}

function run(e: Block): ComponentChildren {
  switch (e.type) {
    case "text":
      return styled(e.text, e.style);
    case "link":
      return <a href={safeLink(e.url)} target="_blank" rel="noreferrer noopener">{styled(e.text ?? e.url, e.style)}</a>;
    case "user":
      return <Mention user={e.user_id} />;
    case "channel":
      return <ChannelName id={e.channel_id} />;
    case "usergroup":
      return <span class="mention">@{e.usergroup_id}</span>;
    case "broadcast":
      return <span class="mention">@{e.range}</span>;
    case "emoji":
      return <Emoji name={e.name} />;
    case "date":
      return <SlackDate seconds={e.timestamp} pattern={e.format} fallback={e.fallback ?? ""} />;
  }
  return e.text ?? null;
}

function styled(text: string, style: Record<string, boolean> = {}): ComponentChildren {
  let out: ComponentChildren = text.split("\n").flatMap((s, i): ComponentChildren[] => (i ? [<br />, ...withEmoji(s)] : withEmoji(s)));
  if (style.code) out = <code>{out}</code>;
  if (style.strike) out = <s>{out}</s>;
  if (style.italic) out = <em>{out}</em>;
  if (style.bold) out = <strong>{out}</strong>;
  return out;
}
