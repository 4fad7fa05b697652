import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axe, findChromium, openBrowser, openPage, sees } from "./fixtures/browser.ts";
import { openRoom, type Room } from "./fixtures/house.ts";

const chromium = findChromium();
const SHARE = "/lessons/04-queue-groups";
const ACKS = "/lessons/08-acks";

describe.skipIf(chromium === undefined)("the page in a browser", () => {
  let room: Room;
  let browser: Browser;
  beforeAll(async () => {
    [room, browser] = await Promise.all([openRoom("page-room", ["04-queue-groups", "08-acks"]), openBrowser(chromium ?? "")]);
  });
  afterAll(async () => {
    await browser?.close();
    await room?.[Symbol.asyncDispose]();
  });

  test("a learner's way: predict, check, read the mistake, take a hint, mend it, pass, see the answer", async () => {
    const { page, troubles } = await openPage(browser);
    await page.goto(room.page + SHARE);
    await page.getByLabel("exactly 40").check();
    await sees(page, ".yours", "Noted. Now run the check and see.");
    await page.click('[data-do="check"]');
    await sees(page, '[data-check="three-share"] .story', "Your worker subscribes without a queue group.");
    expect(await page.locator('[data-check="one-worker-does-all"]').getAttribute("data-outcome")).toBe("passed");
    await sees(page, "#verdict", "Not yet");
    expect(await page.locator('section:has(#a-queue-group) [data-check="three-share"]').count()).toBe(1);
    await page.click('[data-do="hint"]');
    await sees(page, "#panel-body", /\d more: ask again/);
    await page.keyboard.press("Escape");
    cpSync(join(room.root, "solutions/04-queue-groups/worker.ts"), join(room.root, "lessons/04-queue-groups/worker.ts"));
    await sees(page, "#verdict", /Passed in/);
    await sees(page, '[data-lesson="04-queue-groups"] .mark', "✓");
    await sees(page, ".yours", "You said: exactly 40.");
    expect(await page.locator(".answer").first().getAttribute("open")).not.toBeNull();
    await page.reload();
    expect(await page.locator('[data-check="three-share"]').getAttribute("data-outcome")).toBe("passed");
    expect(await page.getByLabel("exactly 40").isChecked()).toBe(true);
    await page.locator("details.twin summary").click();
    await page.selectOption('[data-choose="source"]', "check");
    await sees(page, "[data-table]", /heard by worker#[123]/);
    await page.selectOption('[data-choose="source"]', "sample");
    const all = (JSON.parse(readFileSync("engine/pictures/samples/hearing.json", "utf8")) as unknown[]).length;
    await sees(page, "[data-place]", `of ${all}`);
    await page.click('[data-time="play"]');
    await page.click('[data-time="pause"]');
    expect(Number(/event (\d+)/.exec((await page.locator("[data-place]").textContent()) ?? "")?.[1])).toBeLessThan(all);
    await page.click('[data-time="live"]');
    await sees(page, "[data-table]", /another team.*hears/);
    await sees(page, "[data-place]", `event ${all} of ${all}`);
    await page.click('[data-do="compare"]');
    await sees(page, "#panel-title", "Yours beside the solution");
    await page.keyboard.press("Escape");
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("the picture shows the learner's own programs, stops, steps back, and says what a fault did", async () => {
    const { page, troubles } = await openPage(browser);
    cpSync(join(room.root, "solutions/04-queue-groups/worker.ts"), join(room.root, "lessons/04-queue-groups/worker.ts"));
    await page.goto(room.page + SHARE);
    await page.fill("[data-copies]", "3");
    await page.click("[data-run]");
    await page.locator("details.twin summary").click();
    for (const name of ["worker#1", "worker#2", "worker#3"]) await sees(page, "[data-table]", name);
    await page.fill("[data-count]", "12");
    await page.click("[data-orders]");
    await sees(page, "[data-table]", /shop.*publishes.*12/);
    await expect.poll(async () => (await page.locator("[data-table] tr", { hasText: "hears" }).locator("td:nth-child(5)").allTextContents()).reduce((sum, text) => sum + Number(text), 0), { timeout: 60_000 }).toBe(12);
    await page.click('[data-time="back"]');
    const [at, of] = /event (\d+) of (\d+)/.exec((await page.locator("[data-place]").textContent()) ?? "")?.slice(1).map(Number) ?? [];
    expect(at).toBeLessThan(of ?? 0);
    await page.click('[data-time="live"]');
    await page.selectOption("[data-program]", "worker#2");
    await page.click('[data-fault="kill"]');
    await sees(page, "[data-just]", "worker#2 got SIGKILL");
    await expect.poll(async () => page.locator("[data-table]").textContent(), { timeout: 60_000 }).not.toContain("worker#2 | hears");
    await page.reload();
    await page.locator("details.twin summary").click();
    await sees(page, "[data-table]", /shop.*publishes.*12/);
    await page.click("[data-stop]");
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("who holds what, after a kill: what the worker held lies on the floor and walks to another", async () => {
    const { page, troubles } = await openPage(browser);
    await page.goto(room.page + ACKS);
    await page.click("[data-open]");
    await sees(page, "[data-just]", "The workshop is now at lesson 8");
    cpSync(join(room.root, "solutions/08-acks/worker.ts"), join(room.root, "lessons/08-acks/worker.ts"));
    await page.fill("[data-copies]", "2");
    await expect.poll(() => page.locator("[data-run]").isEnabled(), { timeout: 60_000 }).toBe(true);
    await page.click("[data-run]");
    await page.locator("details.twin summary").click();
    await sees(page, "[data-table]", "asks for more");
    await page.click("[data-orders]");
    await sees(page, "[data-table]", /in hand/);
    const holder = (await page.locator("[data-table] tr", { hasText: "in hand" }).first().locator("td").nth(2).textContent()) ?? "";
    await page.selectOption("[data-program]", holder);
    await page.click('[data-fault="kill"]');
    await sees(page, "[data-table]", /dropped/);
    expect(await page.locator("[data-canvas] svg").getAttribute("aria-label")).toMatch(/is gone \(SIGKILL\)/);
    await page.selectOption('[data-choose="picture"]', "stream");
    await sees(page, "[data-canvas]", /ORDERS: \d+ messages/);
    await page.click("[data-stop]");
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("a program that cannot be run says why on the page, too", async () => {
    const { page } = await openPage(browser);
    const file = join(room.root, "lessons/04-queue-groups/worker.ts");
    const text = readFileSync(file, "utf8");
    await page.goto(room.page + SHARE);
    await page.click("[data-open]");
    await sees(page, "[data-just]", "The workshop is now at lesson 4");
    await expect.poll(() => page.locator("[data-run]").isEnabled(), { timeout: 60_000 }).toBe(true);
    writeFileSync(file, "const = 1;\n");
    await sees(page, "#verdict", "Not yet");
    await page.click("[data-run]");
    await sees(page, "#notice", /worker\.ts:1/);
    writeFileSync(file, text);
    await page.context().close();
  });

  test("keys alone: help, search, hint, and Tab reaches what a mouse reaches", async () => {
    const { page, troubles } = await openPage(browser);
    await page.goto(room.page + SHARE);
    await page.keyboard.press("?");
    await sees(page, "#panel-title", "Keys");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("drain");
    await sees(page, "#found", /Leaving/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/#leaving|#/);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
    await page.goto(room.page + SHARE);
    await page.keyboard.press("n");
    await page.waitForURL(`**${ACKS}`);
    await page.keyboard.press("p");
    await page.waitForURL(`**${SHARE}`);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  const LOOKS = [["light", 1280, [SHARE, "/pictures", "/search?q=drain"]], ["dark", 400, [SHARE, "/pictures", "/files/lessons/04-queue-groups/worker.ts"]], ["dark", 1920, [SHARE]]] as const;
  test.each(LOOKS)("axe finds nothing in %s at %i, and nothing is wider than the window", async (colorScheme, width, paths) => {
    const { page, troubles } = await openPage(browser, { colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
    for (const path of paths) {
      await page.goto(room.page + path);
      await page.waitForLoadState("load");
      expect(await axe(page), path).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), path).toBeLessThanOrEqual(0);
    }
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("without JavaScript the lesson, its checks and the search can be read", async () => {
    const { page } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(room.page + SHARE);
    expect(await page.locator("h1").textContent()).toBe("Share the work");
    expect(await page.locator("#leaving").isVisible()).toBe(true);
    expect(await page.locator('[data-check="scale-in"]').isVisible()).toBe(true);
    expect(await page.locator(".toolbar").isVisible()).toBe(false);
    await page.fill("#find", "queue group");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/search?*");
    expect(await page.locator(".results a").count()).toBeGreaterThan(0);
    await page.context().close();
  });
});
