// A browser, a sandbox in its own process, and the acts of a person with both.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { chromium } from "playwright-core";

export const shots = join(import.meta.dirname, "shots");

// patience is the longest wait for a change on the page; a loaded machine is
// slow.
export const patience = 120_000;

export async function startSandbox() {
  const program = spawn(process.env.SANDBOX, ["-slack-waits", "1m"], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout });
  const said = [];
  for await (const line of lines) {
    said.push(line);
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line);
    if (url) return { url: url[0], said, stop: () => new Promise((done) => { program.once("exit", done); program.kill("SIGINT"); }) };
  }
  throw new Error("the sandbox prints no address: " + said.join("\n"));
}

export async function startBrowser(options) {
  mkdirSync(shots, { recursive: true });
  const data = mkdtempSync(join(tmpdir(), "page-test-"));
  const context = await chromium.launchPersistentContext(data, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: { width: 1440, height: 900 },
    timezoneId: "America/New_York",
    reducedMotion: "reduce",
    timeout: patience,
    ...options,
  });
  context.setDefaultTimeout(patience);
  return { context, stop: async () => { await context.close(); rmSync(data, { recursive: true, force: true }); } };
}

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const wide = { width: 1440, height: 900 }, middle = { width: 1024, height: 768 }, narrow = { width: 390, height: 844 };
export const sizes = { wide, middle, narrow };

// openPage opens the sandbox's page in a tab. Each error on the page, and each
// request to another host than the sandbox, fails the test at its end.
export async function openPage(context, url) {
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (e) => wrong.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/40[0-9]|net::ERR/.test(m.text()) && wrong.push(m.text()));
  page.on("request", (r) => !r.url().startsWith(url) && !r.url().startsWith("data:") && wrong.push("asks for " + r.url()));
  await page.setViewportSize(wide);
  await page.goto(url);
  await page.getByRole("heading", { name: "s3share" }).first().waitFor();
  page.check = () => assert.deepEqual(wrong, []);
  return page;
}

// scenes returns a function that defines a test with its own page. If the test
// fails, it saves a screenshot.
export const scenes = (open) => (name, act) =>
  test(name, async () => {
    const { browser, sandbox } = open();
    const page = await openPage(browser.context, sandbox.url);
    try {
      await act(page);
      page.check();
    } catch (e) {
      await page.screenshot({ path: join(shots, `failed-${name.replaceAll(/[^a-z]+/g, "-")}.png`) });
      throw e;
    } finally {
      await page.close();
    }
  });

// shoot saves screenshots of the page, light and dark, wide and narrow, and
// runs axe and the layout's checks on each. On a narrow screen it visits the
// given tabs. At the middle size it runs only the layout's checks.
export async function shoot(page, name, tabs = ["Slack"]) {
  const found = [];
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const tab of size === "narrow" ? tabs : [""]) {
      if (tab && tabs.length > 1) await page.getByRole("navigation", { name: "Parts of the page" }).getByRole("button", { name: tab }).click();
      for (const fault of await layoutFaults(page)) found.push(`${name}, ${size} ${tab}: ${fault}`);
      for (const colorScheme of size === "middle" ? [] : ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        const file = [name, size, tab.split(" ")[0].toLowerCase(), colorScheme].filter(Boolean).join("-");
        await page.screenshot({ path: join(shots, file + ".png") });
        for (const v of await violations(page)) found.push(`${file}: ${v}`);
      }
    }
    if (size === "narrow" && tabs.length > 1) {
      for (const tab of ["AWS now", "Slack"]) await page.getByRole("navigation", { name: "Parts of the page" }).getByRole("button", { name: tab }).click();
    }
  }
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: "light" });
  assert.deepEqual(found, []);
}

// layoutFaults are texts and buttons under a message's menu or a notice, parts
// that scroll sideways although they are no code or table, and characters that
// need an emoji font.
export const layoutFaults = (page) => page.evaluate(() => {
  const faults = [], emoji = /\p{Extended_Pictographic}/u;
  const say = (e) => `${e.tagName.toLowerCase()}.${e.className} "${e.textContent.slice(0, 60)}"`;
  const scrolls = (e) => getComputedStyle(e).overflowX !== "visible" || getComputedStyle(e).overflowY !== "visible";
  // The part of a rectangle that the scrolling parts around an element show.
  const shown = (e, { left, right, top, bottom }) => {
    for (let box = e; box; box = box.parentElement) {
      if (!scrolls(box)) continue;
      const b = box.getBoundingClientRect();
      [left, right, top, bottom] = [Math.max(left, b.left), Math.min(right, b.right), Math.max(top, b.top), Math.min(bottom, b.bottom)];
    }
    return right - left > 1 && bottom - top > 1 ? { left, right, top, bottom } : null;
  };
  const texts = [];
  for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode(); ) {
    const { currentNode: node } = walk, e = node.parentElement;
    if (!node.data.trim() || !e.checkVisibility({ visibilityProperty: true }) || e.closest("script, noscript, option")) continue;
    if (emoji.test(node.data)) faults.push(`an emoji character in ${say(e)}`);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) texts.push([e, shown(e, r)]);
  }
  for (const e of document.querySelectorAll("#app *")) {
    for (const part of ["::before", "::after"]) if (emoji.test(getComputedStyle(e, part).content)) faults.push(`an emoji character ${part} ${say(e)}`);
    if (!e.checkVisibility({ visibilityProperty: true }) || e.closest(".sr, svg")) continue;
    const r = e.getBoundingClientRect();
    if (r.width > 1 && r.right > innerWidth + 1 && !e.closest("pre, textarea, .b-table")) faults.push(`beyond the right edge: ${say(e)}`);
    const sideways = ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1;
    if (sideways && !e.matches("pre, textarea, .b-table")) faults.push(`scrolls sideways: ${say(e)}`);
    if (e.matches("button, input, select, textarea")) texts.push([e, shown(e, r)]);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
  for (const over of document.querySelectorAll(".message-menu .btn, .note")) {
    const o = shown(over, over.getBoundingClientRect());
    for (const [e, r] of texts) {
      if (!o || !r || over.contains(e) || e.contains(over)) continue;
      if (Math.min(o.right, r.right) - Math.max(o.left, r.left) > 1 && Math.min(o.bottom, r.bottom) - Math.max(o.top, r.top) > 1) faults.push(`${say(over)} covers ${say(e)}`);
    }
  }
  return [...new Set(faults)];
});

// violations are axe-core's findings, including best practices.
async function violations(page) {
  await page.evaluate(`window.axe || (() => { ${axe} })()`);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join("; ").slice(0, 600)}`);
}

export const be = (page, name) => page.getByRole("navigation", { name: "The person you play" }).getByRole("button", { name: new RegExp("^" + name) }).click();
export const go = (page, name) => page.getByRole("navigation", { name: "Conversations" }).getByRole("button", { name: new RegExp("^(# ?)?" + name) }).click();
export const say = async (page, text) => {
  const box = page.getByRole("textbox", { name: /^Message / });
  await box.fill(text);
  await box.press("Enter");
};
export const messages = (page) => page.getByRole("log");
export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const clock = (page, name) => page.getByRole("banner").getByRole("button", { name }).click();
export const lever = async (page, group, name) => {
  await page.getByRole("group", { name: "Beside Slack" }).getByRole("button", { name: "Simulate failures" }).click();
  await page.getByRole("group", { name: group }).getByRole("button", { name, exact: true }).click();
};
export const see = (locator) => locator.waitFor({ timeout: patience });
export const gone = (locator) => locator.waitFor({ state: "detached", timeout: patience });

// hasFocus waits until an element has the keyboard focus.
export const hasFocus = async (locator) => {
  const element = await locator.elementHandle();
  await locator.page().waitForFunction((e) => e === document.activeElement, element, { timeout: patience });
};

// moveUntil moves the clock in steps until an element is visible. The bot
// retries after a refusal, and the time of the retry depends on the time of the
// refusal.
export const moveUntil = async (page, step, locator) => {
  for (let steps = 0; ; steps++) {
    await clock(page, step);
    try {
      return await locator.waitFor({ timeout: 10_000 });
    } catch (e) {
      if (steps === 10) throw e;
    }
  }
};
