// A small app for the tests, in place of the bot. It sends each kind of block
// and element that the page draws, and records the answers.
import WebSocket from "ws";
import { patience } from "./browser.mjs";

const plain = (text) => ({ type: "plain_text", text, emoji: true });
const mrkdwn = (text) => ({ type: "mrkdwn", text });
const option = (value, text, description) => ({ value, text: plain(text), ...(description && { description: plain(description) }) });

export async function startApp(api) {
  const got = [];
  const waiting = [];
  const call = async (method, body, token = "xoxb-bot") => {
    const r = await fetch(api + method, { method: "POST", headers: { Authorization: "Bearer " + token, "Content-Type": "application/json; charset=utf-8" }, body: JSON.stringify(body ?? {}) });
    const answer = await r.json();
    if (!answer.ok) throw new Error(method + ": " + JSON.stringify(answer));
    return answer;
  };
  const { url } = await call("apps.connections.open", {}, "xapp-app");
  const socket = new WebSocket(url);
  const acks = {
    // The answers to a form, and to a query from an external menu.
    view_submission: (p) => (p.view.state.values.reason?.reason?.value === "wrong" ? { response_action: "errors", errors: { reason: "That is no reason.", bucket: "That bucket is not yours." } } : undefined),
    block_suggestion: (p) => ({ options: ["fixtures", "artifacts", "nightly"].filter((x) => x.includes(p.value)).map((x) => option(x, x + "-bucket", "in nonprod")) }),
  };
  socket.on("message", (data) => {
    const e = JSON.parse(data);
    if (!e.envelope_id) return;
    const payload = e.payload.event ?? e.payload;
    const answer = acks[payload.type]?.(payload);
    socket.send(JSON.stringify({ envelope_id: e.envelope_id, ...(answer && { payload: answer }) }));
    got.push(payload);
    for (const w of waiting.splice(0)) w();
  });
  await new Promise((open, fail) => socket.once("open", open).once("error", fail));
  return {
    call,
    // next waits for a matching payload.
    async next(fits) {
      for (;;) {
        const at = got.findIndex(fits);
        if (at >= 0) return got.splice(at, 1)[0];
        await new Promise((arrived, fail) => {
          const late = setTimeout(() => fail(new Error(`nothing arrives that fits ${fits}; there is ${JSON.stringify(got.map((p) => p.type ?? p.command))}`)), patience);
          waiting.push(() => { clearTimeout(late); arrived(); });
        });
      }
    },
    stop: () => socket.terminate(),
  };
}

export const message = [
  { type: "header", text: plain("Every kind of block :lock:") },
  { type: "section", text: mrkdwn("*Bold*, _italic_, ~struck~, `s3:Get*` and s3:Put* of arn:aws:iam::111111111111:user/test.user, <https://example.com|a link>, <@U0RITA> in <#C0BUILDS>, a &lt;tag&gt; & :warning:\n🚨 ✅\n&gt; quoted\n```{\n  \"Action\": \"s3:*\"\n}```") },
  { type: "section", fields: [mrkdwn("*Level*\nread"), mrkdwn("*Ends*\n<!date^1900000000^{date_short_pretty} {time}|later>")], accessory: { type: "overflow", action_id: "more", options: [option("show", "Show"), option("end", "End it")], confirm: { title: plain("Really?"), text: mrkdwn("It *cannot* be undone."), confirm: plain("Do it"), deny: plain("Leave it"), style: "danger" } } },
  { type: "divider" },
  { type: "actions", block_id: "menus", elements: [
    { type: "static_select", action_id: "term", placeholder: plain("Choose a term"), option_groups: [{ label: plain("Short"), options: [option("1h", "1 hour"), option("2h", "2 hours")] }, { label: plain("Long"), options: [option("3d", "3 days", "needs two approvals")] }] },
    { type: "external_select", action_id: "bucket", placeholder: plain("Find a bucket"), min_query_length: 1 },
    { type: "button", action_id: "go", text: plain("Go"), style: "primary", value: "7" },
    { type: "datepicker", action_id: "day", placeholder: plain("A day") },
  ] },
  { type: "rich_text", elements: [
    { type: "rich_text_section", elements: [{ type: "text", text: "Rich ", style: { bold: true } }, { type: "user", user_id: "U0ADA" }, { type: "emoji", name: "tada" }] },
    { type: "rich_text_list", style: "ordered", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "one" }] }, { type: "rich_text_section", elements: [{ type: "text", text: "two", style: { code: true } }] }] },
    { type: "rich_text_preformatted", elements: [{ type: "text", text: "aws s3 ls" }] },
  ] },
  { type: "table", rows: [["Grant", "State"], ["ABCD", "active"]].map((r) => r.map((text) => ({ type: "raw_text", text }))) },
  { type: "context", elements: [mrkdwn("asked by <@U0EVE>"), plain("in plain words")] },
];

export const modal = {
  type: "modal", callback_id: "form", title: plain("Request access"), submit: plain("Ask"), close: plain("Not now"),
  blocks: [
    { type: "input", block_id: "bucket", label: plain("Bucket"), element: { type: "external_select", action_id: "bucket", min_query_length: 0, placeholder: plain("Type a name") } },
    { type: "input", block_id: "prefix", optional: true, label: plain("Prefix"), hint: plain("Only what is below it is opened."), element: { type: "plain_text_input", action_id: "prefix" } },
    { type: "input", block_id: "level", label: plain("Level"), element: { type: "radio_buttons", action_id: "level", options: [option("read", "Read", "get and list"), option("write", "Write")], initial_option: option("read", "Read", "get and list") } },
    { type: "input", block_id: "term", label: plain("Term"), dispatch_action: true, element: { type: "static_select", action_id: "term", options: [option("1h", "1 hour"), option("8h", "8 hours")] } },
    { type: "input", block_id: "from", optional: true, label: plain("From"), element: { type: "datetimepicker", action_id: "from" } },
    { type: "input", block_id: "also", optional: true, label: plain("Also"), element: { type: "checkboxes", action_id: "also", options: [option("warn", "Warn me, before it ends"), option("thread", "Link this thread")] } },
    { type: "input", block_id: "reason", label: plain("Reason"), element: { type: "plain_text_input", action_id: "reason", multiline: true, min_length: 3 } },
    { type: "section", block_id: "preview", text: mrkdwn("test.user may read *fixtures*.") },
  ],
};

export const home = {
  type: "home",
  blocks: [
    { type: "header", text: plain("My grants") },
    { type: "section", block_id: "g1", text: mrkdwn("`AAAA` fixtures, until later"), accessory: { type: "button", action_id: "end", text: plain("I'm done"), value: "AAAA" } },
    { type: "section", block_id: "g2", text: mrkdwn("`BBBB` artifacts, until later"), accessory: { type: "button", action_id: "end", text: plain("I'm done"), value: "BBBB" } },
  ],
};
