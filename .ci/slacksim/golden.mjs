// Sends each message and view among the bot's golden files to slacksim's
// blocks.validate, and writes them to OUT for types.mjs.
//
//   node golden.mjs OUT DIR    with slacksim's address in the usual variables
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WebClient } from "@slack/web-api";

const [out, dir] = process.argv.slice(2);
const client = new WebClient(process.env.SLACK_BOT_TOKEN, { slackApiUrl: process.env.SLACK_API_URL, retryConfig: { retries: 0 } });
const found = [];

// collect finds blocks and views anywhere in a JSON value.
function collect(method, x) {
  if (x === null || typeof x !== "object") return;
  if (!Array.isArray(x) && (x.type === "modal" || x.type === "home") && Array.isArray(x.blocks)) {
    found.push({ kind: x.type, method, value: x });
    return;
  }
  for (const [key, value] of Object.entries(x)) {
    if (/^blocks$/i.test(key) && Array.isArray(value)) found.push({ kind: "message", method, value });
    else collect(method, value);
  }
}
for (const file of readdirSync(dir).filter((f) => f.endsWith(".json"))) collect(file, JSON.parse(readFileSync(join(dir, file), "utf8")));

for (const { kind, method, value } of found) {
  try {
    await client.blocks.validate(kind === "message" ? { message: { blocks: value } } : { view: value });
  } catch (err) {
    console.error(method, JSON.stringify(err.data ?? err.message));
    process.exitCode = 1;
  }
}
if (found.length === 0) {
  console.error("there are no golden files in", dir);
  process.exitCode = 1;
}
writeFileSync(join(out, "golden.json"), JSON.stringify(found));
if (!process.exitCode) console.log(`${found.length} messages and views of golden files are valid`);
