// A browser, and a sandbox in a process of its own.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const shots = join(import.meta.dirname, "shots");

// patience is how long a page may take to show something: a loaded machine is slow.
export const patience = 60_000;

export async function startSandbox() {
  const program = spawn(process.env.SANDBOX ?? "/tmp/sandbox", [], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout });
  const said = [];
  for await (const line of lines) {
    said.push(line);
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line);
    if (url) return { url: url[0], said, stop: () => new Promise((done) => { program.once("exit", done); program.kill("SIGINT"); }) };
  }
  throw new Error("the sandbox prints no address: " + said.join("\n"));
}

export async function startBrowser() {
  mkdirSync(shots, { recursive: true });
  const data = mkdtempSync(join(tmpdir(), "page-test-"));
  const context = await chromium.launchPersistentContext(data, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: { width: 1440, height: 900 },
    timezoneId: "America/New_York",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(patience);
  return { context, stop: async () => { await context.close(); rmSync(data, { recursive: true, force: true }); } };
}
