// The README's picture: the card and the notice of one request, as the page
// draws them. docs/images has the picture, light and dark, and its text. Pixels
// differ between machines, so the test compares the text.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { be, go, messages, say, scenes, see, startBrowser, startSandbox } from "./browser.mjs";

const images = join(import.meta.dirname, "../../docs/images");
const record = join(images, "card.txt");
const renew = process.env.PICTURE === "renew";

let browser, sandbox;
before(async () => {
  [browser, sandbox] = await Promise.all([startBrowser({ deviceScaleFactor: 2 }), startSandbox()]);
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});
const scene = scenes(() => ({ browser, sandbox }));

scene("the README's picture shows today's messages", async (page) => {
  await page.getByRole("button", { name: "Skip the tour" }).click();
  await say(page, "/s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly build needs the fixtures");
  await be(page, "Ada");
  await go(page, "s3-admins");
  const card = messages(page).getByRole("article").filter({ hasText: "read access: test.user" });
  await see(card.getByRole("button", { name: "Approve" }));
  const parts = [await take(page, card, "1. The approvers read in #s3-admins:")];
  await card.getByRole("button", { name: "Approve" }).click();
  await see(card.getByText(/active until/));
  await be(page, "Rita");
  await go(page, "s3share");
  const notice = messages(page).getByRole("article").filter({ hasText: "Access is active" });
  await see(notice.getByRole("button", { name: "I'm done" }));
  parts.push(await take(page, notice, "2. After one of them has pressed Approve, the requester reads:"));

  const text = parts.map((p) => `${p.title}\n\n${p.text}\n`).join("\n");
  if (renew) {
    mkdirSync(images, { recursive: true });
    writeFileSync(record, text);
    for (const scheme of ["light", "dark"]) await draw(page.context(), parts, scheme);
    return;
  }
  const old = existsSync(record) ? readFileSync(record, "utf8") : "";
  assert.equal(text, old, "The README's picture is older than the messages that it shows. Renew it, and look at it: PICTURE=renew .ci/page/run picture.test.mjs");
});

// take returns a message's text and its picture in both schemes.
async function take(page, message, title) {
  await page.setViewportSize({ width: 1520, height: 1000 });
  const text = steady(await message.innerText());
  const pictures = {};
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const background = await message.evaluate((e) => {
      for (let at = e; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if (!/, 0\)$|transparent/.test(color)) return color;
      }
      return "white";
    });
    const box = await message.boundingBox();
    const clip = { ...box, width: box.width - 4 }; // without the border of the next pane
    pictures[colorScheme] = { png: (await page.screenshot({ clip })).toString("base64"), background, width: clip.width };
  }
  await page.emulateMedia({ colorScheme: "light" });
  return { title, text, pictures };
}

// steady replaces the parts of a text that differ in each run.
const steady = (text) =>
  text
    .replaceAll(/\b(today|tomorrow)( at)? \d\d:\d\d\b/gi, "DAY$2 TIME")
    .replaceAll(/\b\d\d:\d\d\b/g, "TIME")
    .replaceAll(/\b[0-9A-HJKMNP-TV-Z]{8}\b/g, "GRANT")
    .replaceAll(/^⋯$/gm, "") // the page's own menu
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{2,}/g, "\n")
    .trim();

// draw saves the messages under their titles as one picture.
async function draw(context, parts, scheme) {
  const page = await context.newPage();
  const width = parts[0].pictures[scheme].width;
  await page.setViewportSize({ width: Math.ceil(width) + 34, height: 400 });
  const ink = { light: "#1d1c1d", dark: "#d8dadd" }[scheme], rule = { light: "#d0d7de", dark: "#3d444d" }[scheme];
  const shown = parts.map(({ title, pictures }) => `<figure><figcaption>${title}</figcaption><img src="data:image/png;base64,${pictures[scheme].png}"></figure>`);
  await page.setContent(`<style>
    body { margin: 0; font: 600 15px/1.4 "DejaVu Sans", sans-serif; color: ${ink}; background: ${parts[0].pictures[scheme].background} }
    main { padding: 4px 0; border: 1px solid ${rule} }
    figure { margin: 14px 16px }
    figure + figure { border-top: 1px solid ${rule}; padding-top: 14px }
    figcaption { padding-left: 8px }
    img { display: block; width: ${width}px; margin-top: 6px }
  </style><main>${shown.join("")}</main>`);
  await page.waitForFunction(() => [...document.images].every((i) => i.complete));
  await page.locator("main").screenshot({ path: join(images, scheme === "dark" ? "card-dark.png" : "card.png") });
  await page.close();
}
