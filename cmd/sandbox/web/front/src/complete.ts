import { stateLabel } from "./timeline";
import type { Grant, World } from "./types";

export interface Completion { insert: string; label: string; note: string }
export interface Help { items: Completion[]; usage: { text: string; here: boolean }[] }

const open = ["pending", "checking"], live = ["approved", "active"];
const states: Record<string, string[]> = { approve: open, deny: open, cancel: open, end: live, extend: live };

const levels: [string, string][] = [["read", "get and list"], ["write", "put only"], ["full", "read, write and delete"], ["get", "s3:Get*"], ["put", "s3:Put*"], ["all", "s3:*"]];
const terms: [string, string][] = [["1h", "an hour"], ["8h", "a working day"], ["45m", "three quarters of an hour"], ["3d", "three days"]];

// complete returns completions for the end of a typed command, and its usage.
// It is null for text that is not the app's command.
export function complete(text: string, w: World): Help | null {
  const { name, description, usage, words } = w.app.command;
  if (!text.startsWith("/")) return null;
  if (!text.includes(" ")) {
    if (!name.startsWith(text)) return null;
    return { items: [{ insert: name + " ", label: name, note: description }], usage: [{ text: usage, here: false }] };
  }
  const [command, first = "", ...rest] = text.split(/\s+/);
  if (command !== name) return null;
  const last = rest.length ? rest[rest.length - 1] : first;
  const before = text.slice(0, text.length - last.length);
  const fits = (list: [string, string][], close = " ") => list.filter(([v]) => v.toLowerCase().startsWith(last.toLowerCase()) && v !== last).map(([v, note]) => ({ insert: before + v + close, label: v, note }));
  if (!rest.length) {
    return { items: fits(words.map((x) => [x.word, x.help])), usage: [{ text: usage, here: false }] };
  }
  const word = words.find((x) => x.word === first);
  if (!word) return { items: [], usage: [{ text: usage, here: false }] };
  const args = word.args.match(/[<[][^>\]]*[\]>]/g) ?? [];
  const at = Math.min(rest.length - 1, args.length - 1);
  const hint = [{ text: first, here: false }, ...args.map((a, i) => ({ text: a, here: i === at }))];
  return { items: rest.length > args.length ? [] : fits(values(first, rest.length - 1, w)), usage: hint };
}

// values are the possible values of the nth argument.
function values(word: string, n: number, w: World): [string, string][] {
  if (word === "request" || word === "break-glass") return [buckets(w), levels, principals(w), terms][n] ?? [];
  if (n > 0) return word === "extend" && n === 1 ? terms : [];
  if (!word.match(/^(list|show|approve|deny|cancel|end|extend|review|history)$/)) return [];
  if (word === "list") return [["mine", "your requests and grants"], ["pending", "requests waiting for a decision"], ["active", "active access"], ["all", "all requests and grants that you may see"]];
  const ids = w.grants.filter((g) => !states[word] || states[word].includes(g.state)).slice(0, 8);
  return ids.map((g) => [g.id, describe(g)]);
}

const describe = (g: Grant) => `${g.principal.split("/").pop()} → ${g.bucket}${g.prefix ? "/" + g.prefix : ""}, ${stateLabel(g)}`;

function buckets(w: World): [string, string][] {
  return w.accounts.flatMap((a) => (a.buckets ?? []).flatMap((b) => {
    const folders = [...new Set((b.keys ?? []).filter((k) => k.includes("/")).map((k) => k.split("/")[0]))];
    return [...folders.map((f): [string, string] => [`${b.name}/${f}`, `in ${a.name}`]), [b.name, `the whole bucket, in ${a.name}`] as [string, string]];
  }));
}

// principals are the principals except the bot's own.
export function principals(w: World): [string, string][] {
  return w.accounts.flatMap((a) => [
    ...(a.users ?? []).filter((u) => !u.name.startsWith("s3share")).map((u): [string, string] => [`${a.name}/${u.name}`, "user"]),
    ...(a.roles ?? []).filter((r) => !r.name.startsWith("s3share")).map((r): [string, string] => [`${a.name}/role/${r.name}`, "role"]),
  ]);
}
