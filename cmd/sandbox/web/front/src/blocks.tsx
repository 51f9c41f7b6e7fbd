import type { ComponentChildren } from "preact";
import { ActionBar, Element } from "./elements";
import { Emoji, Picture as Drawn, withEmoji } from "./emoji";
import { Field } from "./fields";
import { Mrkdwn, safeLink } from "./mrkdwn";
import { RichText } from "./richtext";
import type { Block } from "./types";
import type { Form } from "./form";

// A Surface contains blocks. It decides where their actions are sent.
export interface Surface { channel?: string; ts?: string; view?: string; form?: Form }

export function Blocks({ blocks, on }: { blocks: Block[]; on: Surface }) {
  return <div class="blocks">{blocks.map((b) => <OneBlock key={b.block_id} block={b} on={on} />)}</div>;
}

function OneBlock({ block: b, on }: { block: Block; on: Surface }) {
  switch (b.type) {
    case "section":
      return (
        <div class="b-section">
          <div class="b-text">
            {b.text && <Text of={b.text} />}
            {b.fields && <div class="b-fields">{b.fields.map((f: Block) => <div><Text of={f} /></div>)}</div>}
          </div>
          {b.accessory && <div class="b-accessory"><Element block={b} element={b.accessory} on={on} /></div>}
        </div>
      );
    case "header":
      return <h3 class="b-header"><Text of={b.text} /></h3>;
    case "divider":
      return <hr />;
    case "context":
      return <div class="b-context">{b.elements.map((e: Block) => (e.type === "image" ? <Picture of={e} small /> : <div><Text of={e} /></div>))}</div>;
    case "actions":
      return <ActionBar block={b} on={on} />;
    case "input":
      return <Field block={b} on={on} />;
    case "image":
      return <Picture of={b} />;
    case "rich_text":
      return <RichText elements={b.elements} />;
    case "markdown":
      return <Markdown text={b.text} />;
    case "table":
      return <Table rows={b.rows} />;
  }
  return <p class="b-unknown">A block of the type “{b.type}”, which this page does not draw.</p>;
}

// Text is a text object: mrkdwn, or plain with emoji by name.
export function Text({ of }: { of: Block }) {
  if (of.type !== "plain_text") return <Mrkdwn text={of.text} />;
  if (of.emoji === false) return <>{of.text}</>;
  return <>{String(of.text).split(/(:[a-z0-9_+-]+:)/).map((s, i) => (i % 2 ? <Emoji name={s.slice(1, -1)} /> : withEmoji(s)))}</>;
}

// Picture shows the name of an image instead of loading it, because the page
// reaches only loopback.
function Picture({ of, small }: { of: Block; small?: boolean }) {
  const title = of.title?.text ?? of.alt_text;
  return <span class={small ? "picture small" : "picture"} role="img" aria-label={of.alt_text || title || "image"} title={of.image_url}><Drawn name="image" />{!small && " " + (title || "image")}</span>;
}

// Markdown draws the Markdown that bots write: headings, lists, code, marks.
function Markdown({ text }: { text: string }) {
  const out: ComponentChildren[] = [];
  let list: ComponentChildren[] = [];
  const flush = () => {
    if (list.length) out.push(<ul>{list}</ul>);
    list = [];
  };
  for (const part of text.split(/(```[\s\S]*?```)/)) {
    if (part.startsWith("```")) {
      flush();
      out.push(<pre class="code" tabIndex={0} aria-label="Code">{part.slice(3, -3).replace(/^\w*\n/, "").replace(/\n$/, "")}</pre>);
      continue;
    }
    for (const line of part.split("\n")) {
      const item = /^\s*[-*] (.*)/.exec(line), head = /^#{1,6} (.*)/.exec(line);
      if (item) {
        list.push(<li>{marked(item[1])}</li>);
        continue;
      }
      flush();
      if (head) out.push(<h3 class="b-header">{marked(head[1])}</h3>);
      else if (line.trim()) out.push(<p>{marked(line)}</p>);
    }
  }
  flush();
  return <div class="b-markdown">{out}</div>;
}

function marked(s: string): ComponentChildren[] {
  return s.split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)]+\))/).map((part) => {
    if (part.startsWith("**")) return <strong>{part.slice(2, -2)}</strong>;
    if (part.startsWith("`")) return <code>{part.slice(1, -1)}</code>;
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    return link ? <a href={safeLink(link[2])} target="_blank" rel="noreferrer noopener">{link[1]}</a> : part;
  });
}

function Table({ rows }: { rows: Block[][] }) {
  const [head, ...rest] = rows;
  const cell = (c: Block) => (c.type === "rich_text" ? <RichText elements={c.elements} /> : c.text);
  return (
    <div class="b-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead><tr>{head.map((c) => <th scope="col">{cell(c)}</th>)}</tr></thead>
        <tbody>{rest.map((r) => <tr>{r.map((c) => <td>{cell(c)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
