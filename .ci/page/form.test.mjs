// The request form in a browser: the summary follows each typed character, and more options open
// in place. An update of the form never changes typed text or moves the cursor.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { button, say, scenes, see, shoot, startBrowser, startSandbox } from "./browser.mjs";

let sandbox, browser;
before(async () => {
  [sandbox, browser] = await Promise.all([startSandbox(), startBrowser()]);
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

const scene = scenes(() => ({ browser, sandbox }));

scene("the form follows what is typed", async (page) => {
  await button(page, "Skip the tour").click();
  await say(page, "/s3share");
  const form = page.getByRole("dialog", { name: "Request access" });
  await see(form.getByText("Fill in bucket, level, user and duration to see a summary."));
  await shoot(page, "form-closed");

  await form.getByRole("combobox", { name: "Bucket" }).fill("my-sh");
  await form.getByRole("option", { name: /my-shared-bucket-20932/ }).click();
  await form.getByRole("combobox", { name: "Access level" }).click();
  await form.getByRole("option", { name: /^read/i }).first().click();
  await form.getByRole("combobox", { name: "IAM user or role" }).fill("test.user");
  await form.getByRole("option", { name: /test\.user/ }).first().click();
  await form.getByRole("combobox", { name: /^Duration/ }).click();
  await form.getByRole("option", { name: "8h" }).click();
  await see(form.getByText("You request read access: test.user → s3://my-shared-bucket-20932/ for 8h, to be approved by"));

  const end = form.getByText(/to be approved by/); // the last line of the form
  const folder = form.getByRole("textbox", { name: "Folder" });
  await folder.pressSequentially("builds/nghtly", { delay: 120 });
  await see(form.getByText("s3://my-shared-bucket-20932/builds/nghtly/ for 8h"));
  for (let i = 0; i < 5; i++) await folder.press("ArrowLeft");
  await folder.pressSequentially("i", { delay: 120 });
  await see(form.getByText("s3://my-shared-bucket-20932/builds/nightly/ for 8h"));
  await folder.pressSequentially("_", { delay: 120 }); // the cursor is still where the person left it
  await see(form.getByText("builds/ni_ghtly"));
  await folder.press("Backspace");
  await see(form.getByText("s3://my-shared-bucket-20932/builds/nightly/ for 8h"));
  assert.equal(await folder.inputValue(), "builds/nightly");
  await end.scrollIntoViewIfNeeded();
  await shoot(page, "form-filled");

  await form.getByRole("button", { name: "More options" }).click();
  const buckets = form.getByRole("textbox", { name: "More buckets" });
  await see(buckets);
  await end.scrollIntoViewIfNeeded();
  await shoot(page, "form-more");
  await buckets.pressSequentially("my-shared-bucket-20932/logs", { delay: 30 });
  await see(form.getByText("The 2 grants are decided together."));
  await form.getByRole("button", { name: "Fewer options" }).click();
  await see(form.getByRole("button", { name: "More options" }));
  assert.equal(await buckets.inputValue(), "my-shared-bucket-20932/logs");
  assert.equal(await form.getByRole("textbox", { name: "More users or roles" }).count(), 0);
  assert.equal(await folder.inputValue(), "builds/nightly");

  await form.getByRole("textbox", { name: "Reason" }).fill("nightly build");
  await form.getByRole("textbox", { name: "Custom duration" }).fill("90d");
  await see(form.getByText("Request 3d or less."));
  await form.getByRole("button", { name: "Request", exact: true }).click();
  await see(form.getByRole("alert").filter({ hasText: "Request 3d or less." }));
  await shoot(page, "form-error");
});
