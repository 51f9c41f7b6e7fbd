// The main example from the request to the expiry notice, as a newcomer sees
// it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { be, button, clock, go, gone, hasFocus, messages, say, scenes, see, shoot, startBrowser, startSandbox } from "./browser.mjs";

let browser, sandbox;
before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

const scene = scenes(() => ({ browser, sandbox }));

test("the sandbox prints one address", () => {
  assert.equal(sandbox.said.join("\n").match(/https?:\/\//g).length, 1);
});

scene("the tour", async (page) => {
  const tour = page.locator(".tour");
  const step = (n, title) => see(tour.filter({ hasText: `${n} of 6` }).getByRole("heading", { name: title }));

  await step(1, "Two accounts, no access yet");
  await see(page.locator(".verdict").getByText("Denied"));
  await see(page.getByText("the bucket my-shared-bucket-20932 has no policy"));
  await see(page.getByText("no policy of arn:aws:iam::111111111111:user/test.user allows s3:GetObject"));
  await shoot(page, "01-closed", ["Slack", "AWS now", "Simulate failures"]);

  await tour.getByRole("button", { name: "Next" }).click();
  await step(2, "Rita requests access");
  await tour.getByRole("button", { name: "Type it for me" }).click();
  await shoot(page, "02-typed");
  await hasFocus(page.getByRole("textbox", { name: /^Message / }));
  await page.keyboard.press("Enter");

  await step(3, "Ada decides");
  await see(messages(page).getByText("approvers are notified once AWS checks pass"));
  await shoot(page, "03-asked");
  await tour.getByRole("button", { name: "Switch to Ada" }).click();
  const card = messages(page).getByRole("article").filter({ hasText: "read access: test.user" });
  await see(card.getByRole("button", { name: "Approve" }));
  assert.match(await card.innerText(), /arn:aws:iam::111111111111:user\/test\.user/);
  assert.doesNotMatch(await card.innerText(), /s3:GetObject/); // Details has the actions and the statement
  assert.doesNotMatch(await card.innerText(), /\*For\*|<@|<!date/); // Slack's markup is rendered
  await see(card.getByText("@Rita"));
  await shoot(page, "04-card", ["Slack", "AWS now"]);

  await card.getByRole("button", { name: "Approve" }).click();
  await step(4, "Access is active");
  await see(page.locator(".verdict").getByText("Allowed"));
  await see(messages(page).getByText("Only visible to you"));
  await see(card.getByText(/active until/)); // updated in place
  assert.equal(await card.getByRole("button", { name: "Approve" }).count(), 0);
  await see(page.getByText(/Written by s3share for grant/).first());
  await see(page.getByText(/Member of the group/));
  await see(page.getByText(/ends today at|ends tomorrow at/));
  await page.getByRole("button", { name: /^Last change/ }).click();
  await see(page.getByText(/by s3share: Adds S3Share/));
  await shoot(page, "05-open", ["Slack", "AWS now"]);

  await tour.getByRole("button", { name: "Next" }).click();
  await step(5, "Access expires");
  await be(page, "Rita");
  await go(page, "s3share");
  const told = messages(page).getByRole("article").filter({ hasText: "test.user can read" });
  await see(told);
  // The end in the reader's own zone, which is New York for these tests.
  const iso = await told.locator(".b-text time, .b-section time").first().getAttribute("datetime");
  const local = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "America/New_York" }).format(new Date(iso));
  assert.match(await told.innerText(), new RegExp(`until (today|tomorrow) at ${local}`));
  await shoot(page, "06-told");
  await tour.getByRole("button", { name: "Move the clock by 8 h" }).click();

  await step(6, "Access has ended");
  await see(messages(page).getByText(/Access ended: test\.user can no longer .*expired/));
  await see(page.locator(".verdict").getByText("Denied"));
  await see(page.getByText("8 h ahead"));
  // The day in the header is the one that the messages call today.
  const now = new Date(await page.locator(".clock time").getAttribute("datetime"));
  const today = new Intl.DateTimeFormat("en", { weekday: "short", month: "short", day: "numeric", timeZone: "America/New_York" }).format(now);
  assert.match(await page.locator(".clock time").innerText(), new RegExp(today));
  await see(messages(page).getByRole("separator", { name: "Today" }));
  await shoot(page, "07-ended", ["Slack", "AWS now"]);
  await tour.getByRole("button", { name: "Simulate failures" }).click();
  await see(page.getByRole("region", { name: "The bot" }));
  assert.equal(await tour.count(), 0);
  await page.reload();
  await see(button(page, "Tour")); // closed for good, unless reopened by this button
  assert.equal(await tour.count(), 0);
});

scene("typing a command", async (page) => {
  const box = page.getByRole("textbox", { name: "Message #builds" });
  await box.pressSequentially("/s3");
  await box.press("Tab");
  assert.equal(await box.inputValue(), "/s3share ");
  await see(page.getByRole("option", { name: /^request/ }));
  await shoot(page, "10-completion");
  await box.pressSequentially("req");
  await box.press("Tab");
  await box.pressSequentially("two-k");
  await box.press("ArrowDown");
  assert.match(await box.getAttribute("aria-activedescendant"), /o0$/);
  await box.press("Enter");
  assert.equal(await box.inputValue(), "/s3share request two-keys-1/builds ");
  assert.equal(await page.locator(".usage .here").innerText().then((t) => t.trim()), "<level>");
  await box.press("Escape");
  await page.getByRole("listbox", { name: "Completions" }).waitFor({ state: "hidden" });
  await box.press("Enter");
  await see(messages(page).getByText("Only visible to you").last()); // the bot names the missing arguments
});

scene("denied, by a form", async (page) => {
  await say(page, "/s3share request my-shared-bucket-20932 full build/other.user 2h I would like to look around");
  await be(page, "Eve");
  await go(page, "s3-admins");
  const card = messages(page).getByRole("article").filter({ hasText: "full access: other.user" });
  await card.getByRole("button", { name: "Approve" }).click();
  const confirm = page.getByRole("dialog", { name: "Approve?" });
  await see(confirm);
  await shoot(page, "20-confirm");
  await confirm.getByRole("button", { name: "Approve" }).click();
  await see(messages(page).getByText("Only visible to you").last()); // only the person without permission sees the refusal
  assert.equal(await card.getByRole("button", { name: "Approve" }).count(), 1);

  await be(page, "Ada");
  await card.getByRole("button", { name: "Deny…" }).click();
  const form = page.getByRole("dialog", { name: /^Deny/ });
  const why = form.getByRole("textbox", { name: /^Reason/ });
  await see(why);
  await hasFocus(why);
  await form.getByRole("button", { name: "Deny request" }).click();
  await see(form.getByText("Please complete this required field."));
  assert.equal(await why.getAttribute("aria-invalid"), "true");
  await shoot(page, "21-deny-error");
  await why.fill("   ");
  await form.getByRole("button", { name: "Deny request" }).click();
  await see(form.getByText(/A reason is missing/)); // the bot's own words, beside the field
  await why.fill("Please ask for a prefix.");
  await shoot(page, "22-deny");
  await form.getByRole("button", { name: "Deny request" }).click();
  await gone(form);
  await see(card.getByText(/denied by/));
  await be(page, "Rita");
  await go(page, "s3share");
  await see(messages(page).getByText(/\) denied by/).getByText("Please ask for a prefix."));
  await shoot(page, "23-denied");
});

scene("asked by the form", async (page) => {
  await say(page, "/s3share");
  const form = page.getByRole("dialog", { name: "Request access" });
  await see(form);
  await form.getByRole("button", { name: "Request", exact: true }).click();
  await see(form.getByText("Please complete this required field.").first());
  await shoot(page, "24-form-empty");
  await form.getByRole("combobox", { name: "Bucket" }).fill("my-sh");
  await form.getByRole("option", { name: /my-shared-bucket-20932/ }).click();
  await form.getByRole("textbox", { name: "Folder" }).fill("builds");
  await form.getByRole("combobox", { name: "Access level" }).click();
  await form.getByRole("option", { name: /^read/i }).first().click();
  await form.getByRole("combobox", { name: "IAM user or role" }).fill("test.user");
  await form.getByRole("option", { name: /test\.user/ }).first().click();
  await form.getByRole("textbox", { name: "Custom duration" }).fill("90m");
  await form.getByRole("textbox", { name: "Reason" }).fill("asked by the form");
  await shoot(page, "25-form");
  await form.getByRole("button", { name: "Request", exact: true }).click();
  await gone(form);
  await be(page, "Ada");
  await go(page, "s3-admins");
  const card = messages(page).getByRole("article").filter({ hasText: "asked by the form" });
  await see(card.getByRole("button", { name: "Approve" }));
  await card.getByRole("button", { name: "Details" }).click();
  await see(page.getByRole("dialog"));
  await shoot(page, "26-details");
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog"));
  await card.getByRole("button", { name: "Approve" }).click();
  await see(card.getByText(/active until/));
});

scene("the Home tab", async (page) => {
  await go(page, "s3share");
  await button(page, "Home").click();
  await see(page.getByRole("region", { name: "Home" }).getByRole("button", { name: "Request access" }));
  await shoot(page, "27-home");
});

scene("by keyboard alone", async (page) => {
  const focused = () => page.evaluate(() => {
    const e = document.activeElement;
    return /BUTTON|TEXTAREA/.test(e.tagName) ? e.getAttribute("aria-label") ?? e.textContent : "";
  });
  const reach = async (name) => {
    for (let i = 0; i < 250; i++) {
      if ((await focused()).includes(name)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`the tab key does not reach ${name}`);
  };
  await page.locator("body").press("Tab");
  await reach("Message #builds");
  await page.keyboard.type("/s3share request my-shared-bucket-20932/builds read build/test.user 45m by keyboard");
  await page.keyboard.press("Enter");
  await see(messages(page).getByText("approvers are notified once AWS checks pass").last());
  await page.locator("body").press("Tab");
  await reach("Ada");
  await page.keyboard.press("Enter");
  await see(messages(page).getByRole("article").filter({ hasText: "by keyboard" }).getByRole("button", { name: "Approve" }));
  await reach("Approve");
  await page.keyboard.press("Enter");
  await see(messages(page).getByText(/active until/).last());
});

scene("the clock and the notice before the end", async (page) => {
  await clock(page, "+15 min");
  await clock(page, "+15 min");
  await be(page, "Rita");
  await go(page, "s3share");
  await see(messages(page).getByText(/Access ends in/).last());
  await button(page, "I'm done").last().click();
  await see(messages(page).getByText(/Access ended: test\.user can no longer .*You ended it early/).last());
  await shoot(page, "30-given-back", ["Slack", "AWS now"]);
});
