// Compares the blocks, elements and views that slacksim accepts with the
// declarations in @slack/types: the types and their allowed places, and the
// allowed and required properties of each. The script asks slacksim by
// blocks.validate, and reads the types with the TypeScript compiler.
import { createRequire } from "node:module";
import { LogLevel, WebClient } from "@slack/web-api";
import ts from "typescript";

// Differences between slacksim and the types, with reasons.
const either = "one of two or more is required, which the types do not say";
const explained = {
  "block plan": "not looked into",
  "block task_card": "not looked into",
  "block video": "not looked into",
  "block file": "Slack refuses it from apps; it occurs only in messages read",
  "static_select options required": either,
  "multi_static_select options required": either,
  "image image_url required": either,
  "card title required": either,
  "container title required": either,
  "section text required": either,
  "Confirm title required": "the reference of the confirmation dialog requires it",
  "Confirm confirm required": "the reference of the confirmation dialog requires it",
  "Confirm deny required": "the reference of the confirmation dialog requires it",
  "PlainTextOption value required": "the reference of the option object requires it",
  "PlainTextOption url": "the comment on it says: only in overflow menus",
};

const client = new WebClient(process.env.SLACK_BOT_TOKEN, { slackApiUrl: process.env.SLACK_API_URL, retryConfig: { retries: 0 },
  logger: { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => LogLevel.ERROR, setName() {} } });
const plain = (text) => ({ type: "plain_text", text });
const modal = (blocks) => ({ type: "modal", title: plain("t"), submit: plain("s"), blocks });

// The declarations in the types.
const index = createRequire(import.meta.url).resolve("@slack/types").replace(/\.js$/, ".d.ts");
const program = ts.createProgram([index], { strict: true, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.NodeNext, module: ts.ModuleKind.NodeNext });
const checker = program.getTypeChecker();
const exported = new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index))).map((s) => [s.name, s]));
const declared = (name) => {
  const symbol = exported.get(name);
  return checker.getDeclaredTypeOfSymbol(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
};
const parts = (type) => (type.isUnion() ? type.types : [type]);
const kindOf = (type) => checker.getTypeOfSymbol(type.getProperty("type")).value;
// byKind merges the members of a union that have the same type.
function byKind(name) {
  const out = new Map();
  for (const t of parts(declared(name))) {
    const known = out.get(kindOf(t)) ?? { properties: new Set(), required: null };
    const required = new Set();
    for (const p of checker.getPropertiesOfType(t)) {
      known.properties.add(p.name);
      if (!(p.flags & ts.SymbolFlags.Optional)) required.add(p.name);
    }
    known.required = known.required === null ? required : new Set([...known.required].filter((p) => required.has(p)));
    out.set(kindOf(t), known);
  }
  return out;
}

// slacksim's problems with one value in one place.
async function problems(args) {
  try {
    await client.blocks.validate(args);
    return [];
  } catch (err) {
    return err.data.errors;
  }
}

const wrong = [];
let compared = 0;
const complain = (key, text) => { if (!explained[key]) wrong.push(`${key}: ${text}`); else used.add(key); };
const used = new Set();

const blocks = byKind("KnownBlock");
const places = {
  "SectionBlockAccessory": { at: "/view/blocks/0/accessory", put: (x) => ({ view: modal([{ type: "section", text: plain("t"), accessory: x }]) }) },
  "ActionsBlockElement": { at: "/view/blocks/0/elements/0", put: (x) => ({ view: modal([{ type: "actions", elements: [x] }]) }) },
  "InputBlockElement": { at: "/view/blocks/0/element", put: (x) => ({ view: modal([{ type: "input", label: plain("t"), element: x }]) }) },
  "ContextBlockElement": { at: "/view/blocks/0/elements/0", put: (x) => ({ view: modal([{ type: "context", elements: [x] }]) }) },
  "ContextActionsBlockElement": { at: "/view/blocks/0/elements/0", put: (x) => ({ view: modal([{ type: "context_actions", elements: [x] }]) }) },
  "block": { at: "/view/blocks/0", put: (x) => (x.type === "markdown" ? { blocks: [x] } : { view: modal([x]) }) },
};
const kinds = Object.fromEntries(Object.keys(places).map((p) => [p, p === "block" ? blocks : byKind(p)]));
const everyKind = new Set(Object.values(kinds).flatMap((m) => [...m.keys()]));
const everyProperty = new Set(Object.values(kinds).flatMap((m) => [...m.values()]).flatMap((k) => [...k.properties]));

for (const [place, { at, put }] of Object.entries(places)) {
  for (const kind of everyKind) {
    const found = await problems(put({ type: kind }));
    const supported = !found.some((f) => f.message === `unsupported type: ${kind}` && f.pointer.endsWith(at.replace("/view", "") + "/type"));
    compared++;
    if (supported !== kinds[place].has(kind)) complain(`${place} ${kind}`, supported ? "slacksim accepts it, the types do not" : "the types have it, slacksim refuses it");
    if (supported && kinds[place].has(kind)) await shape(place, kind, (x) => put({ type: kind, ...x }), at, kinds[place].get(kind), found);
  }
}

// shape compares the properties of one value. found is the message for a value
// without properties.
async function shape(place, kind, put, at, { properties, required }, found) {
  if (explained[`${place} ${kind}`]) return complain(`${place} ${kind}`);
  const here = (f) => f.pointer === at || f.pointer === at.replace("/view", "");
  const missing = new Set(found.filter(here).map((f) => f.message.match(/^missing required field: (.*)$/)?.[1]).filter(Boolean));
  const full = await problems(put(Object.fromEntries([...everyProperty].filter((p) => p !== "type").map((p) => [p, null]))));
  const refused = new Set(full.filter(here).map((f) => f.message.match(/^invalid additional property: (.*)$/)?.[1]).filter(Boolean));
  for (const p of everyProperty) {
    if (p === "type") continue;
    compared++;
    if (properties.has(p) === refused.has(p)) complain(`${kind} ${p}`, refused.has(p) ? "the types have it, slacksim refuses it" : "slacksim accepts it, the types do not");
    if (properties.has(p) && required.has(p) !== missing.has(p)) complain(`${kind} ${p} required`, missing.has(p) ? "slacksim demands it, the types do not" : "the types demand it, slacksim does not");
  }
}

// Views, and the objects inside elements.
const within = {
  ModalView: { at: "/view", put: (x) => ({ view: x }), base: { type: "modal" } },
  HomeView: { at: "/view", put: (x) => ({ view: x }), base: { type: "home" } },
  Confirm: { at: "/view/blocks/0/elements/0/confirm", put: (x) => ({ view: modal([{ type: "actions", elements: [{ type: "button", text: plain("t"), confirm: x }] }]) }) },
  PlainTextOption: { at: "/view/blocks/0/elements/0/options/0", put: (x) => ({ view: modal([{ type: "actions", elements: [{ type: "static_select", options: [x] }] }]) }) },
  OptionGroup: { at: "/view/blocks/0/elements/0/option_groups/0", put: (x) => ({ view: modal([{ type: "actions", elements: [{ type: "static_select", option_groups: [x] }] }]) }) },
};
for (const name of Object.keys(within)) {
  for (const p of checker.getPropertiesOfType(declared(name))) everyProperty.add(p.name);
}
for (const [name, { at, put, base = {} }] of Object.entries(within)) {
  const type = declared(name);
  const known = { properties: new Set(), required: new Set() };
  for (const p of checker.getPropertiesOfType(type)) {
    known.properties.add(p.name);
    if (!(p.flags & ts.SymbolFlags.Optional)) known.required.add(p.name);
  }
  await shape(name, name, (x) => put({ ...base, ...x }), at, known, await problems(put(base)));
}

for (const key of Object.keys(explained)) if (!used.has(key)) wrong.push(`${key} is listed and does not differ`);
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`${compared} places and properties compared with @slack/types; ${Object.keys(explained).length} listed differences`);
