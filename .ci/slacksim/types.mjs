// Writes TypeScript that declares the type of each piece of JSON. tsc then
// checks it against the types that Slack publishes.
//
//   node types.mjs OUT    reads OUT/bolt.json, OUT/bot.json and OUT/golden.json, writes OUT/*.ts
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const out = process.argv[2];
const read = (name) => JSON.parse(readFileSync(join(out, name), "utf8"));
const json = (x) => JSON.stringify(x, null, 1);

// Places where Bolt's types are narrower than Slack's payloads.
const explained = [
  {
    why: "Slack sends enterprise: null outside of Enterprise Grid; the types know only its absence.",
    fits: (p) => p.enterprise === null,
    mend: (p) => delete p.enterprise,
  },
  {
    why: "An act in a view has no response URL, which the reference says and the type does not.",
    fits: (p) => p.type === "block_actions" && p.view && !("response_url" in p),
    mend: (p) => { p.response_url = ""; },
  },
  {
    why: "The type of an action's confirm is the one of legacy attachments, whose text is a string.",
    fits: (p) => p.actions?.some((a) => a.confirm),
    mend: (p) => p.actions.forEach((a) => delete a.confirm),
  },
];

const payloadType = (d) => {
  if (d.envelope === "slash_commands") return "SlashCommand";
  return {
    block_actions: "BlockAction", view_submission: "ViewSubmitAction", view_closed: "ViewClosedAction", shortcut: "GlobalShortcut",
    message_action: "MessageShortcut", block_suggestion: "BlockSuggestion", event_callback: "EnvelopedEvent<AppHomeOpenedEvent>",
  }[d.payload.type];
};

// Payloads may have more fields than the types. Each therefore passes through a
// function that keeps its literal type but disables the excess property check.
function payloads(deliveries) {
  let ts = `import type { BlockAction, BlockSuggestion, EnvelopedEvent, GlobalShortcut, MessageShortcut, SlashCommand, ViewClosedAction, ViewSubmitAction } from "@slack/bolt";
import type { AppHomeOpenedEvent } from "@slack/types";
type Loose<T> = T extends object ? { -readonly [K in keyof T]: Loose<T[K]> } : T;
const is = <const T>(x: T) => x as Loose<T>;
`;
  const counts = {};
  deliveries.forEach((d, i) => {
    const type = payloadType(d);
    if (!type) throw new Error(`no type for ${d.envelope} ${d.payload.type}`);
    counts[type] = (counts[type] ?? 0) + 1;
    for (const e of explained) if (e.fits(d.payload)) e.mend(d.payload);
    ts += `const p${i} = is(${json(d.payload)});\nexport const t${i}: ${type} = p${i};\n`;
  });
  for (const type of ["SlashCommand", "BlockAction", "ViewSubmitAction", "ViewClosedAction", "GlobalShortcut", "MessageShortcut", "BlockSuggestion", "EnvelopedEvent<AppHomeOpenedEvent>"]) {
    if (!counts[type]) throw new Error(`no ${type} was sent`);
  }
  return [ts, counts];
}

const answerType = (method) => method.split(".").map((w) => w[0].toUpperCase() + w.slice(1)).join("") + "Response";

// Blocks in an answer repeat the blocks that were sent. Their types in answers
// merge all kinds of block, so the sender's types.ts is the better check.
const withoutBlocks = (x) => (x === null || typeof x !== "object" ? x : Array.isArray(x) ? x.map(withoutBlocks)
  : Object.fromEntries(Object.entries(x).map(([k, v]) => [k, k === "blocks" ? [] : k === "state" ? { values: {} } : withoutBlocks(v)])));

// Answers are annotated directly: a field that Slack's types lack is an error.
// Those types were derived from samples. Their enums are therefore replaced by
// plain strings, and null is allowed.
function answers(list) {
  const types = [...new Set(list.map((a) => answerType(a.method)))].sort();
  let ts = `import type { ${types.join(", ")} } from "@slack/web-api";
type Wide<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Wide<U>[] : T extends object ? { [K in keyof T]?: Wide<T[K]> | null } : T;
`;
  list.forEach((a, i) => { ts += `export const a${i}: Wide<${answerType(a.method)}> = ${json(withoutBlocks(a.answer))};\n`; });
  return [ts, Object.fromEntries(types.map((t) => [t, list.filter((a) => answerType(a.method) === t).length]))];
}

// The bot's messages are annotated directly, too.
function blocks(list) {
  let ts = `import type { HomeView, KnownBlock, ModalView } from "@slack/types";\n`;
  list.forEach((m, i) => {
    const type = { message: "KnownBlock[]", modal: "ModalView", home: "HomeView" }[m.kind];
    ts += `// ${m.method}\nexport const b${i}: ${type} = ${json(m.value)};\n`;
  });
  return [ts, Object.fromEntries(["message", "modal", "home"].map((k) => [k, list.filter((m) => m.kind === k).length]))];
}

const bolt = read("bolt.json");
for (const [name, [ts, counts]] of Object.entries({
  "payloads.ts": payloads(bolt.deliveries), "answers.ts": answers(bolt.answers), "bot.ts": blocks([...read("bot.json"), ...read("golden.json")]),
})) {
  writeFileSync(join(out, name), ts);
  console.log(name, json(counts).replace(/\s+/g, " "));
}
