import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn, type IPty } from "@lydell/node-pty";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { portsFrom } from "#engine/house/ports.ts";
import { axe } from "../../web/fixtures/browser.ts";
import { rendered } from "../../web/talk/slides.ts";
import { openRoom, type Room } from "../stage/apart.ts";
import { readTalk } from "../text/talk.ts";
import { chromium } from "./check.ts";

// The whole of `npm run talk`: a pseudo-terminal with its keys, and both windows in a real browser.
const PAYMENTS = "lessons/06-order-pipeline/payments.ts";
const browserFile = chromium();
const withBrowser = test.skipIf(browserFile === undefined);
if (browserFile === undefined) console.log("Stage and desk are not tested here: no Chromium was found (CHROMIUM names one).");

let room: Room;
let terminal: Terminal;
let browser: Browser | undefined;
let stage: Page;
let desk: Page;

/** `npm run talk` in a pseudo-terminal, read as a person would. */
class Terminal {
  readonly pty: IPty;
  readonly ended: Promise<number>;
  text = "";

  constructor(args: string[]) {
    const { VITEST: _vitest, NODE_ENV: _env, MODE: _mode, ...rest } = process.env as Record<string, string>;
    this.pty = spawn(process.execPath, ["--import", "tsx", "scripts/talk.ts", "--port", String(room.port), ...args], { cols: 100, rows: 40, cwd: repositoryRoot, env: { ...rest, NO_COLOR: "1" } });
    this.pty.onData((text) => { this.text += text; });
    this.ended = new Promise((resolve) => this.pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** Waits until the screen says something, and forgets what came before it. */
  async sees(words: string): Promise<void> {
    await vi.waitFor(() => expect(this.text).toContain(words), { timeout: 40_000, interval: 50 });
    this.text = this.text.slice(this.text.indexOf(words) + words.length);
  }
}

beforeAll(async () => {
  room = await openRoom();
  terminal = new Terminal(["--step", "3.2"]);
  await terminal.sees("3.2 · The front door");
  if (browserFile === undefined) return;
  browser = await playwright.launch({ executablePath: browserFile, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  [stage, desk] = await Promise.all([browser.newPage({ viewport: { width: 1920, height: 1080 } }), browser.newPage({ viewport: { width: 1024, height: 768 } })]);
  const page = `http://127.0.0.1:${portsFrom(room.port).page}`;
  await Promise.all([stage.goto(`${page}/stage`), desk.goto(`${page}/desk`)]);
});
afterAll(async () => {
  await browser?.close();
  terminal.pty.kill();
  await terminal.ended;
  await room[Symbol.asyncDispose]();
});

test("the terminal tells the notes, shows a command before it is run, and runs it at the next key", async () => {
  await terminal.sees("next runs: npx tsx lessons/06-order-pipeline/orders-api.ts");
  terminal.pty.write("\r");
  await terminal.sees("$ npx tsx lessons/06-order-pipeline/orders-api.ts");
  await terminal.sees("next runs: curl");
  terminal.pty.write("\u001B[C");
  await terminal.sees("next: the next step");
  await terminal.sees("curl |");
});

withBrowser("stage and desk stand where the terminal does, and each moves the others", async () => {
  await stage.waitForSelector(".printed:has-text('orders.placed.eu.')");
  await desk.waitForSelector("h1:has-text('The front door')");
  await stage.keyboard.press("PageDown");
  await terminal.sees("3.3 · Take the money");
  await desk.waitForSelector("h1:has-text('Take the money')");
  await stage.waitForSelector(".program .new");
  expect(await stage.locator("h1").textContent()).toBe(PAYMENTS);
  expect(await letters(stage, ".program")).toBeGreaterThanOrEqual(28);
  await desk.click("button[data-to='terminal']");
  await stage.waitForSelector(".terminal .printed");
  expect([await axe(stage), await axe(desk)]).toEqual([[], []]);
  expect(await letters(stage, ".printed")).toBeGreaterThanOrEqual(36);
  await desk.click("button[data-to='slide']");
  await stage.waitForSelector(".slide h2:has-text('Take the money')");
  expect(await overflow(stage)).toEqual([0, 0]);
});

withBrowser("every slide fits, on a wide projector and on an old one, in letters that the last row reads", async () => {
  const slides = await Promise.all(readTalk().steps.map(async ({ id, slide }) => ({ id, html: String(await rendered(slide)) })));
  for (const viewport of [{ width: 1024, height: 768 }, { width: 1920, height: 1080 }]) {
    await stage.setViewportSize(viewport);
    const wrong = await stage.evaluate((all) => all.flatMap(({ id, html }) => {
      document.querySelector("#stage")!.innerHTML = `<section class="slide"><div class="words">${html}</div></section>`;
      dispatchEvent(new Event("resize"));
      const words = document.querySelector(".words")!;
      const letters = Number.parseFloat(getComputedStyle(words).fontSize);
      const fits = [words, ...words.querySelectorAll("pre")].every((one) => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth);
      const lines = words.querySelector("pre code")?.textContent.trimEnd().split("\n").length ?? 0;
      const high = (words.querySelector("pre")?.clientHeight ?? 0) / letters;
      if (high < lines) return [`${id}: ${lines} lines of code are ${Math.round(high)} high`];
      return fits && letters >= innerHeight / 36 ? [] : [`${id}: ${fits ? "" : "does not fit, "}letters of ${Math.round(letters)} pixels`];
    }), slides);
    expect(wrong).toEqual([]);
  }
});

withBrowser("an edit on stage is seen at once and survives the next step; both windows may be loaded again", async () => {
  await desk.selectOption("select[data-do='goto']", "3.3");
  const file = join(room.root, PAYMENTS);
  await expect.poll(() => readFileSync(file, "utf8")).toContain("const outcome = \"paid\"");
  writeFileSync(file, readFileSync(file, "utf8").replace("name: \"payments\"", "name: \"the-till\""));
  await stage.waitForSelector("text=the-till");
  const address = stage.url();
  await stage.goto("about:blank");
  await desk.waitForSelector("#size:has-text('no stage window')");
  await Promise.all([stage.goto(address), desk.reload()]);
  await desk.waitForSelector("#size:has-text('stage 1920')");
  await stage.waitForSelector("text=the-till");
  await desk.selectOption("select[data-do='goto']", "3.5");
  await terminal.sees("3.5 · An answer is not an error");
  await expect.poll(() => readFileSync(file, "utf8")).toContain("return \"declined\"");
  expect(readFileSync(file, "utf8")).toContain("the-till");
});

withBrowser("a question stops the step's clock on the desk", async () => {
  terminal.pty.write("q");
  await desk.waitForSelector("#step:has-text('question')");
  terminal.pty.write("q");
  await desk.waitForSelector("#step:has-text('in this step')");
});

withBrowser("no request without the token, and none from elsewhere, moves the talk", async () => {
  const page = `http://127.0.0.1:${portsFrom(room.port).page}`;
  const status = async (headers: Record<string, string>) => (await fetch(`${page}/talk/do/next`, { method: "POST", headers })).status;
  expect(await status({})).toBe(403);
  expect(await status({ origin: "http://example.com", "x-workshop-token": "x" })).toBe(403);
});

test("the talk that was closed goes on where it was", async () => {
  terminal.pty.write("\u0003");
  await terminal.sees("npm run talk goes on there");
  expect(await terminal.ended).toBe(0);
  const step = JSON.parse(readFileSync(join(room.root, ".workshop/talk/session.json"), "utf8")).step as string;
  terminal = new Terminal([]);
  await terminal.sees(`${step} · `);
  if (browserFile !== undefined) await desk.waitForSelector(`h1:has-text('${step}')`, { timeout: 40_000 });
});

/** How large the letters of an element are, in pixels. */
function letters(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
}

/** How many pixels of the page lie outside of the window. */
function overflow(page: Page): Promise<[number, number]> {
  return page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight].map((pixels) => Math.max(0, pixels)) as [number, number]);
}
