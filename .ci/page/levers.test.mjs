// Failures caused by hand: AWS, Slack, the bot, and a manual policy edit.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { be, button, clock, go, layoutFaults, lever, messages, moveUntil, say, scenes, see, shoot, startBrowser, startSandbox } from "./browser.mjs";

let browser, sandbox;
before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});
const scene = scenes(() => ({ browser, sandbox }));

// calm ends the disturbances of an earlier scene. After Slack is back, the bot
// needs some time to reconnect, and gets no command until then.
const calm = (page) =>
  page.evaluate(async () => {
    const post = (path, body) => fetch("api/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    for (const what of ["aws", "slack"]) await post("fault", { what, how: "works" });
    await post("bot", { do: "start" });
    for (let left = 1200; left > 0; left--) {
      if ((await (await fetch("api/state")).json()).app.connected) return;
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error("the bot does not come back to Slack");
  });

const card = (page, what) => messages(page).getByRole("article").filter({ hasText: what });
const ask = async (page, reason) => {
  await be(page, "Rita");
  await go(page, "builds");
  await say(page, `/s3share request my-shared-bucket-20932/builds read build/test.user 2h ${reason}`);
};
const approve = async (page, reason) => {
  await be(page, "Ada");
  await go(page, "s3-admins");
  await card(page, reason).getByRole("button", { name: "Approve" }).click();
};

scene("AWS fails while access ends, and the access ends all the same", async (page) => {
  await calm(page);
  await button(page, "Skip the tour").click();
  await ask(page, "first");
  await approve(page, "first");
  await see(page.locator(".verdict").getByText("Allowed"));
  await lever(page, "State of AWS", "Fails");
  await see(page.getByText("AWS refuses every call"));
  await see(page.getByRole("banner").getByText("AWS fails"));
  await shoot(page, "40-aws-fails", ["Slack", "Simulate failures"]);
  await clock(page, "+1 h");
  await clock(page, "+1 h");
  await page.getByRole("button", { name: "AWS now" }).first().click();
  await see(page.locator(".verdict").getByText("Denied"));
  await see(page.getByText("ending; being removed from AWS").first());
  await shoot(page, "41-ended-while-aws-fails", ["Slack", "AWS now"]);
  await lever(page, "State of AWS", "Works");
  await be(page, "Rita");
  await go(page, "s3share");
  await moveUntil(page, "+15 min", messages(page).getByText(/Access ended: .*expired/)); // let the bot's backoff pass
});

scene("a lost reply is found out", async (page) => {
  await calm(page);
  await ask(page, "second");
  await be(page, "Ada");
  await go(page, "s3-admins");
  await see(card(page, "second").getByRole("button", { name: "Approve" }));
  await lever(page, "State of AWS", "Loses replies");
  await card(page, "second").getByRole("button", { name: "Approve" }).click();
  await see(card(page, "second").getByText(/waiting for AWS/));
  await lever(page, "State of AWS", "Works");
  await moveUntil(page, "+1 min", card(page, "second").getByText(/active until/));
});

scene("the bot is killed, and goes on where it was", async (page) => {
  await calm(page);
  await ask(page, "third");
  await be(page, "Ada");
  await go(page, "s3-admins");
  await see(card(page, "third").getByRole("button", { name: "Approve" }));
  await page.getByRole("button", { name: "Simulate failures" }).first().click();
  await button(page, "Kill the bot").click();
  await see(page.getByText("Stopped. Active access still ends"));
  await card(page, "third").getByRole("button", { name: "Approve" }).click();
  await see(page.locator(".note.bad")); // Slack reports that the app did not respond
  assert.deepEqual(await layoutFaults(page), []);
  await shoot(page, "42-bot-dead", ["Slack", "Simulate failures"]);
  await page.getByRole("button", { name: "Simulate failures" }).first().click();
  await button(page, "Restart the bot").click();
  await see(page.getByText("Running, connected to Slack."));
  await card(page, "third").getByRole("button", { name: "Approve" }).click();
  await see(card(page, "third").getByText(/active until/));
});

scene("Slack is down, and people are told later", async (page) => {
  await calm(page);
  await lever(page, "State of Slack", "Fails");
  await see(page.getByText("Slack is down: no messages can be sent"));
  await shoot(page, "43-slack-down");
  await clock(page, "+1 h");
  await clock(page, "+1 h");
  await lever(page, "State of Slack", "Works");
  await be(page, "Rita");
  await go(page, "s3share");
  await moveUntil(page, "+15 min", messages(page).getByText(/Access ended: .*expired/).nth(2)); // for all three
});

scene("a manual policy edit", async (page) => {
  await calm(page);
  await ask(page, "fourth");
  await approve(page, "fourth");
  await see(card(page, "fourth").getByText(/active until/));
  await page.getByRole("button", { name: "AWS now" }).first().click();
  await button(page, "Edit by hand").click();
  const text = page.getByRole("textbox", { name: /^Policy of/ });
  await text.fill("{");
  await button(page, "Save").click();
  await see(page.locator(".edit").getByRole("alert")); // in AWS's words
  await shoot(page, "44-edit", ["Slack", "AWS now"]);
  await text.fill(JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "TerraformNoSecrets", Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::my-shared-bucket-20932/secrets/*" }] }));
  await button(page, "Save").click();
  await see(page.getByText(/by hand/).first());
  await see(page.locator(".diff ins").first());
  await see(page.locator(".verdict").getByText("Denied"));
  await see(messages(page).getByRole("article").filter({ has: page.getByRole("button", { name: "Restore" }) }));
  await shoot(page, "45-drift", ["Slack", "AWS now"]);
  await button(page, "Restore").click();
  await see(page.locator(".verdict").getByText("Allowed"));
  // The acts of all these scenes as a script.
  await page.getByRole("group", { name: "Beside Slack" }).getByRole("button", { name: "Simulate failures" }).click();
  await button(page, "Copy as script").click();
  const script = await page.getByLabel("The script").innerText();
  for (const line of ["aws fail * ServiceUnavailable", "slack down", "kill", "start", "clock +1h", "ada press Restore"]) assert.ok(script.split("\n").includes(line), `${line} in ${script}`);
  assert.match(script, /^policy my-shared-bucket-20932 \{"Statement":/m);
  await shoot(page, "46-script", ["Slack", "Simulate failures"]);
  await page.getByRole("button", { name: "AWS now" }).first().click();
  await page.getByRole("button", { name: "Policy", exact: true }).click();
  await see(page.getByText("Not from s3share: s3share leaves it unchanged"));
  await shoot(page, "46-put-back", ["AWS now", "Slack"]);
});
