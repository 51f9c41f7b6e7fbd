// All elements that a bot may use, tested with a small app on the same
// simulated Slack. The page must send the payloads that Slack's client sends.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { be, button, go, gone, hasFocus, lever, messages, openPage, say, scenes, see, shoot, sizes, startBrowser, startSandbox } from "./browser.mjs";
import { home, message, modal, startApp } from "./app.mjs";

let browser, sandbox, app;
before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
  const page = await openPage(browser.context, sandbox.url);
  await button(page, "Skip the tour").click();
  await page.getByRole("button", { name: "Simulate failures" }).first().click();
  await button(page, "Kill the bot").click();
  await see(page.getByText("Stopped. Active access still ends"));
  const { endpoints } = await (await fetch(sandbox.url + "api/state")).json();
  app = await startApp(endpoints.slack);
  await page.close();
});
after(async () => {
  app?.stop();
  await browser?.stop();
  await sandbox?.stop();
});
const scene = scenes(() => ({ browser, sandbox }));

scene("a message with all that can stand in one", async (page) => {
  const posted = await app.call("chat.postMessage", { channel: "C0BUILDS", text: "all", blocks: message });
  await app.call("chat.postMessage", { channel: "C0BUILDS", text: "an answer", thread_ts: posted.ts });
  const m = messages(page).getByRole("article").first();
  await see(m.getByRole("heading", { name: "Every kind of block" }));
  const text = await m.innerText();
  assert.match(text, /s3:Get\* and s3:Put\* of arn:aws:iam::111111111111:user\/test\.user/);
  assert.match(text, /a <tag> & /);
  assert.doesNotMatch(text, /does not draw|\*Bold\*|<@|&lt;/);
  assert.equal(await m.locator("strong", { hasText: "Bold" }).count(), 1);
  assert.equal(await m.getByRole("table").getByRole("row").count(), 2);
  for (const name of ["warning", "lock", "tada", "rotating light", "white check mark"]) await see(m.getByRole("img", { name }).locator("svg")); // drawn, without a font
  await shoot(page, "60-blocks");

  const term = m.getByRole("combobox", { name: "Choose a term" });
  await term.click();
  await see(m.getByText("needs two approvals"));
  await shoot(page, "61-menu");
  await term.fill("3");
  await gone(m.getByRole("option", { name: "1 hour" })); // options that do not match
  await term.press("ArrowDown");
  await see(m.getByRole("option", { name: "3 days" }).and(page.locator(".active")));
  await term.press("Enter");
  const chosen = await app.next((p) => p.actions?.[0].action_id === "term");
  assert.equal(chosen.actions[0].selected_option.value, "3d");
  assert.equal(chosen.message.ts, posted.ts);

  const bucket = m.getByRole("combobox", { name: "Find a bucket" });
  await bucket.click();
  await see(m.getByText("Type at least 1 character."));
  await bucket.fill("art");
  await m.getByRole("option", { name: /artifacts-bucket/ }).click();
  assert.equal((await app.next((p) => p.type === "block_suggestion")).value, "art");
  assert.equal((await app.next((p) => p.actions?.[0].action_id === "bucket")).actions[0].selected_option.value, "artifacts");

  await m.getByRole("button", { name: "More actions" }).click();
  await hasFocus(page.getByRole("menuitem", { name: "Show" }));
  await page.keyboard.press("ArrowDown");
  await hasFocus(page.getByRole("menuitem", { name: "End it" }));
  await page.keyboard.press("Enter");
  const sure = page.getByRole("dialog", { name: "Really?" });
  await see(sure.getByText("cannot"));
  await sure.getByRole("button", { name: "Leave it" }).click();
  await gone(sure);
  await m.getByRole("button", { name: "More actions" }).press("Enter"); // the menu handles keys as soon as it is visible
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await see(sure);
  await shoot(page, "62-confirm");
  await sure.getByRole("button", { name: "Do it" }).click();
  assert.equal((await app.next((p) => p.actions?.[0].action_id === "more")).actions[0].selected_option.value, "end");

  await m.getByRole("button", { name: "Go", exact: true }).click();
  const pressed = await app.next((p) => p.actions?.[0].action_id === "go");
  assert.equal(pressed.actions[0].value, "7");
  assert.equal(pressed.actions[0].block_id, "menus");
  assert.equal(pressed.user.id, "U0RITA");

  await app.call("chat.update", { channel: "C0BUILDS", ts: posted.ts, text: "less", blocks: [...message.slice(0, 2), ...message.slice(5)] });
  await gone(m.getByRole("combobox").first()); // updated in place
  await see(m.getByText("updated"));

  await m.getByRole("button", { name: "1 reply" }).click();
  const thread = page.getByRole("region", { name: "Thread" }), back = thread.getByRole("button", { name: "Back" });
  await see(thread.getByText("an answer"));
  await see(page.getByRole("log", { name: "Messages in #builds" })); // beside it
  assert.equal(await back.isVisible(), false); // nothing is behind it
  await shoot(page, "63-thread");
  await page.setViewportSize(sizes.narrow);
  assert.equal(await page.getByRole("log", { name: "Messages in #builds" }).isVisible(), false); // the thread covers it
  await back.click();
  await gone(thread);
  await page.setViewportSize(sizes.wide);
  await m.getByRole("button", { name: "1 reply" }).click();
  await thread.getByRole("button", { name: "Close the thread" }).click();
  await gone(thread);
});

scene("a form with all that can be filled in", async (page) => {
  await say(page, "/s3share");
  const { trigger_id } = await app.next((p) => p.command === "/s3share");
  await app.call("views.open", { trigger_id, view: modal });
  const form = page.getByRole("dialog", { name: "Request access" });
  await see(form);
  await form.getByRole("button", { name: "Ask", exact: true }).click();
  await see(form.getByText("Please complete this required field.").first());
  await shoot(page, "64-form-empty");

  const bucket = form.getByRole("combobox", { name: "Bucket" });
  await bucket.click();
  await form.getByRole("option", { name: /fixtures-bucket/ }).click();
  await form.getByRole("textbox", { name: "Prefix" }).fill("builds");
  await form.getByRole("radio", { name: /Write/ }).check();
  await form.getByRole("combobox", { name: "Term" }).click();
  await form.getByRole("option", { name: "8 hours" }).click();
  const dispatched = await app.next((p) => p.actions?.[0].action_id === "term" && p.view);
  assert.equal(dispatched.actions[0].selected_option.value, "8h");
  await form.getByLabel("From").fill("2030-01-02T03:04");
  await form.getByRole("checkbox", { name: /Warn me/ }).check();
  await form.getByRole("checkbox", { name: /Link this/ }).check();
  const reason = form.getByRole("textbox", { name: "Reason" });
  await reason.fill("wrong");
  await form.getByRole("button", { name: "Ask", exact: true }).click();
  await see(form.getByText("That bucket is not yours."));
  assert.equal(await form.getByText("That is no reason.").getAttribute("role"), "alert");
  await shoot(page, "65-form-errors");
  await app.next((p) => p.type === "view_submission");

  await app.call("views.update", { view_id: dispatched.view.id, view: { ...modal, blocks: [...modal.blocks.slice(0, 7), { ...modal.blocks[7], text: { type: "mrkdwn", text: "Another preview." } }] } });
  await see(form.getByText("Another preview."));
  assert.equal(await reason.inputValue(), "wrong"); // the typed value stays
  await reason.fill("nightly build");
  await shoot(page, "66-form");
  await form.getByRole("button", { name: "Ask", exact: true }).click();
  const { view } = await app.next((p) => p.type === "view_submission");
  const v = view.state.values;
  assert.equal(v.bucket.bucket.selected_option.value, "fixtures");
  assert.equal(v.prefix.prefix.value, "builds");
  assert.equal(v.level.level.selected_option.value, "write");
  assert.equal(v.term.term.selected_option.value, "8h");
  assert.equal(v.from.from.selected_date_time, Date.parse("2030-01-02T03:04:00-05:00") / 1000); // in the reader's zone
  assert.deepEqual(v.also.also.selected_options.map((o) => o.value), ["warn", "thread"]);
  assert.equal(v.reason.reason.value, "nightly build");
  await gone(form);
});

scene("Escape closes a form, and the levers stay in reach while one is open", async (page) => {
  await say(page, "/s3share again");
  const { trigger_id } = await app.next((p) => p.command === "/s3share" && p.text === "again");
  await app.call("views.open", { trigger_id, view: modal });
  const form = page.getByRole("dialog", { name: "Request access" });
  await see(form);
  await lever(page, "State of AWS", "Slow");
  await lever(page, "State of AWS", "Works");
  await be(page, "Ada"); // each person has their own
  await gone(form);
  await be(page, "Rita");
  await see(form);
  await form.getByRole("textbox", { name: "Prefix" }).press("Escape");
  await gone(form);
});

scene("the Home tab", async (page) => {
  await go(page, "s3share");
  await button(page, "Home").click();
  const opened = await app.next((p) => p.type === "app_home_opened");
  assert.equal(opened.tab, "home");
  await app.call("views.publish", { user_id: "U0RITA", view: home });
  const tab = page.getByRole("region", { name: "Home" });
  await see(tab.getByRole("heading", { name: "My grants" }));
  await shoot(page, "67-home");
  await tab.getByRole("button", { name: "I'm done" }).nth(1).click();
  const pressed = await app.next((p) => p.actions?.[0].action_id === "end");
  assert.equal(pressed.actions[0].value, "BBBB"); // the second of two equal buttons
  assert.equal(pressed.container.type, "view");
});

scene("shortcuts", async (page) => {
  await button(page, "Shortcuts").click();
  await page.getByRole("menuitem", { name: /Request S3 access/ }).click();
  assert.equal((await app.next((p) => p.type === "shortcut")).callback_id, "request_access");
  await say(page, "could somebody share fixtures with me?");
  const m = messages(page).getByRole("article").filter({ hasText: "could somebody" });
  await m.hover();
  await m.getByRole("button", { name: "More for the message of Rita" }).click();
  await shoot(page, "68-message-menu");
  await page.getByRole("menuitem", { name: /Request S3 access/ }).click();
  const ran = await app.next((p) => p.type === "message_action");
  assert.equal(ran.callback_id, "request_access_here");
  assert.equal(ran.message.text, "could somebody share fixtures with me?");
});
