// A small app on Bolt, Slack's own framework. It checks slacksim independently:
// Bolt's authors know Slack, and the app knows only slacksim's address.
//
// A command opens a form, the form posts a card, a button changes the card, and
// the Home tab shows the result. play/bolt.go plays the people.
import bolt from "@slack/bolt";

const { App, LogLevel } = bolt;

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.WARN,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

const plain = (text) => ({ type: "plain_text", text });
const option = (text, value) => ({ text: plain(text), value });
const input = (block_id, label, element, more = {}) => ({ type: "input", block_id, label: plain(label), element: { action_id: "x", ...element }, ...more });

// The form has each type of element with a value.
const form = (origin) => ({
  type: "modal",
  callback_id: "ask",
  private_metadata: origin,
  notify_on_close: true,
  title: plain("Request access"),
  submit: plain("Ask"),
  close: plain("Cancel"),
  blocks: [
    input("bucket", "Bucket", { type: "external_select", min_query_length: 2, placeholder: plain("Type to search") }),
    input("level", "Level", { type: "static_select", options: [option("Read", "read"), option("Write", "write")], initial_option: option("Read", "read") }),
    input("who", "Principal", { type: "users_select" }),
    input("people", "People", { type: "multi_users_select" }, { optional: true }),
    input("labels", "Labels", { type: "multi_static_select", options: [option("One", "1"), option("Two", "2")] }, { optional: true }),
    input("buckets", "More buckets", { type: "multi_external_select", min_query_length: 0 }, { optional: true }),
    input("where", "Where", { type: "conversations_select" }, { optional: true }),
    input("channel", "Channel", { type: "channels_select" }, { optional: true }),
    input("reason", "Reason", { type: "plain_text_input", multiline: true, max_length: 200 }),
    input("days", "Days", { type: "number_input", is_decimal_allowed: false, min_value: "1", max_value: "90" }, { optional: true }),
    input("mail", "Mail", { type: "email_text_input" }, { optional: true }),
    input("ticket", "Ticket", { type: "url_text_input" }, { optional: true }),
    input("day", "Day", { type: "datepicker" }),
    input("hour", "Hour", { type: "timepicker" }),
    input("start", "Start", { type: "datetimepicker" }, { optional: true }),
    input("term", "Term", { type: "radio_buttons", options: [option("8 hours", "8h"), option("3 days", "72h")] }),
    input("options", "Options", { type: "checkboxes", options: [option("Tell me", "tell")] }, { optional: true }),
    { type: "actions", block_id: "more", elements: [{ type: "button", action_id: "preview", text: plain("Preview") }] },
  ],
});

const card = (id, text) => [
  { type: "header", text: plain("Request") },
  { type: "section", text: { type: "mrkdwn", text } },
  {
    type: "actions",
    block_id: "decide",
    elements: [
      {
        type: "button", action_id: "approve", value: id, style: "primary", text: plain("Approve"),
        confirm: { title: plain("Sure?"), text: { type: "mrkdwn", text: "This opens the bucket." }, confirm: plain("Yes"), deny: plain("No") },
      },
      { type: "button", action_id: "console", url: "https://console.example/", text: plain("Console") },
      { type: "overflow", action_id: "rest", options: [option("Details", "details"), option("Deny", "deny")] },
      { type: "static_select", action_id: "extend", options: [option("8 hours", "8h")] },
      { type: "users_select", action_id: "hand_over" },
      { type: "datepicker", action_id: "until" },
    ],
  },
];

const home = (lines) => ({
  type: "home",
  blocks: [
    { type: "section", text: { type: "mrkdwn", text: lines.join("\n") || "Nothing yet" } },
    { type: "actions", block_id: "home", elements: [{ type: "button", action_id: "new", text: plain("Request access") }] },
  ],
});

const done = [];
const publish = (client, user_id) => client.views.publish({ user_id, view: home(done) });

app.command("/ask", async ({ command, ack, client, respond }) => {
  await ack();
  if (command.text === "help") {
    await respond({ response_type: "ephemeral", text: "Type /ask alone." });
    return;
  }
  await client.views.open({ trigger_id: command.trigger_id, view: form(command.channel_id) });
});

app.shortcut("ask_anywhere", async ({ shortcut, ack, client }) => {
  await ack();
  await client.views.open({ trigger_id: shortcut.trigger_id, view: form("C0ADMIN") });
});

app.shortcut("ask_about", async ({ shortcut, ack, client, respond }) => {
  await ack();
  await respond(`About ${shortcut.message.ts}`);
  await client.views.open({ trigger_id: shortcut.trigger_id, view: form(shortcut.channel.id) });
});

app.options({ action_id: "x", block_id: "bucket" }, async ({ options, ack }) => {
  await ack({ options: ["fixtures", "artifacts"].filter((b) => b.startsWith(options.value)).map((b) => option(b, b)) });
});

app.options({ action_id: "x", block_id: "buckets" }, async ({ ack }) => {
  await ack({ option_groups: [{ label: plain("nonprod"), options: [option("logs", "logs")] }] });
});

app.action("preview", async ({ ack, body, client }) => {
  await ack();
  const pushed = await client.views.push({
    trigger_id: body.trigger_id,
    view: { type: "modal", callback_id: "preview", title: plain("Preview"), blocks: [{ type: "section", text: plain("loading") }] },
  });
  await client.views.update({
    view_id: pushed.view.id,
    hash: pushed.view.hash,
    view: { type: "modal", callback_id: "preview", title: plain("Preview"), blocks: [{ type: "section", text: plain(`bucket ${body.view.state.values.level.x.selected_option.value}`) }] },
  });
});

app.view("ask", async ({ ack, body, view, client }) => {
  const v = view.state.values;
  if (v.reason.x.value === "no reason") {
    await ack({ response_action: "errors", errors: { reason: "Give a reason." } });
    return;
  }
  await ack();
  const who = await client.users.info({ user: v.who.x.selected_user });
  const said = `<@${body.user.id}> asks: ${who.user.name} may ${v.level.x.selected_option.value} ${v.bucket.x.selected_option.value} for ${v.term.x.selected_option.value}`;
  const posted = await client.chat.postMessage({
    channel: view.private_metadata, text: said, blocks: card("G1", said), unfurl_links: false,
    metadata: { event_type: "asked", event_payload: { id: "G1" } },
  });
  const link = await client.chat.getPermalink({ channel: posted.channel, message_ts: posted.ts });
  const dm = await client.conversations.open({ users: body.user.id });
  await client.chat.postMessage({ channel: dm.channel.id, text: `Asked: ${link.permalink}` });
});

app.view({ callback_id: "ask", type: "view_closed" }, async ({ ack, body, client }) => {
  await ack();
  await client.chat.postEphemeral({ channel: body.view.private_metadata, user: body.user.id, text: "Never mind." });
});

app.action("approve", async ({ ack, body, action, client }) => {
  await ack();
  const approvers = await client.usergroups.users.list({ usergroup: "S0PLATFORM" });
  if (!approvers.users.includes(body.user.id)) {
    await client.chat.postEphemeral({ channel: body.channel.id, user: body.user.id, text: "You may not approve." });
    return;
  }
  const text = `${action.value} approved by <@${body.user.id}>`;
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }] });
  await client.chat.postMessage({ channel: body.channel.id, thread_ts: body.message.ts, text: "Done." });
  const thread = await client.conversations.replies({ channel: body.channel.id, ts: body.message.ts });
  done.push(`${text}, ${thread.messages.length - 1} answer`);
  await publish(client, body.user.id);
});

for (const id of ["rest", "extend", "hand_over", "until", "console"]) {
  app.action(id, async ({ ack, action, respond }) => {
    await ack();
    const chosen = action.selected_option?.value ?? action.selected_user ?? action.selected_date ?? action.type;
    await respond({ replace_original: false, text: `${id}: ${chosen}` });
  });
}

app.action("new", async ({ ack, body, client }) => {
  await ack();
  await client.views.open({ trigger_id: body.trigger_id, view: form("C0ADMIN") });
});

app.event("app_home_opened", async ({ event, client }) => {
  if (event.tab === "home") await publish(client, event.user);
});

// Slack's refusals reach the app as errors of Slack's own client.
app.command("/wrong", async ({ command, ack, client, respond }) => {
  await ack();
  const wrong = { blocks: () => client.chat.postMessage({ channel: command.channel_id, text: "x", blocks: [{ type: "header", text: plain("x".repeat(151)) }] }) };
  wrong.view = () => client.views.open({ trigger_id: command.trigger_id, view: { ...form(""), title: plain("x".repeat(25)) } });
  wrong.validate = () => client.blocks.validate({ message: { blocks: [{ type: "sektion" }] } });
  wrong.channel = () => client.chat.postMessage({ channel: "C0NONE", text: "x" });
  wrong.user = () => client.users.info({ user: "U0NONE" });
  try {
    await wrong[command.text]();
    await respond("It was accepted.");
  } catch (err) {
    await respond([err.data.error, ...(err.data.response_metadata?.messages ?? [])].join("; "));
  }
});

app.command("/export", async ({ command, ack, client }) => {
  await ack();
  const dm = await client.conversations.open({ users: command.user_id });
  await client.filesUploadV2({ channel_id: dm.channel.id, filename: "grants.csv", title: "Grants", content: "grant,ends\nG1,17:02\n", initial_comment: "Here they are." });
});

// Calls the remaining methods, so that their answers can be checked.
app.command("/methods", async ({ command, ack, client, respond }) => {
  await ack();
  const channel = command.channel_id;
  const posted = await client.chat.postMessage({ channel, text: "to be deleted", thread_ts: command.text });
  await client.chat.delete({ channel, ts: posted.ts });
  await client.auth.test();
  await client.blocks.validate({ view: home([]) });
  await client.bots.info({ bot: "B0BOT" });
  await client.conversations.history({ channel });
  await client.conversations.info({ channel, include_num_members: true });
  await client.conversations.members({ channel });
  await client.conversations.open({ users: command.user_id, return_im: true });
  await client.team.info();
  await client.usergroups.list({ include_users: true });
  await client.users.lookupByEmail({ email: "rita@acme.example" });
  for (const user of ["U0GUS", "U0GONE", "U0FAR", "U0BOT"]) await client.users.info({ user });
  await respond("All answered.");
});

app.error(async (err) => {
  console.error("app:", err.code, err.message, JSON.stringify(err.data ?? err.original ?? null));
});

// The driver closes standard input when it is done.
process.stdin.on("end", async () => {
  await app.stop();
  process.exit(0);
});
process.stdin.resume();
await app.start();
