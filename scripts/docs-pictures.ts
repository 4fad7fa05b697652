// Takes the screenshots of README.md and docs/ from real runs, in a real browser: node --import tsx scripts/docs-pictures.ts
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Refusal } from "#engine/files/refusal.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import { findChromium, openBrowser, openPage } from "../web/fixtures/browser.ts";
import { openRoom } from "../web/fixtures/house.ts";
import { main } from "./lib.ts";

const TO = join(repositoryRoot, "docs", "pictures");
const ROOM = ["04-queue-groups", "08-acks"];

await main("npx tsx scripts/docs-pictures.ts", async () => {
  const chromium = findChromium();
  if (!chromium) throw new Refusal("The screenshots need a Chromium, and none was found.", "CHROMIUM=/path/to/chromium node --import tsx scripts/docs-pictures.ts");
  mkdirSync(TO, { recursive: true });
  await using room = await openRoom("docs-room", ROOM);
  await using browser = await openBrowser(chromium);
  const { page } = await openPage(browser, { viewport: { width: 1360, height: 900 }, deviceScaleFactor: 1 });

  await page.goto(`${room.page}/lessons/04-queue-groups`);
  await page.click('[data-do="check"]');
  await page.locator('[data-check="three-share"] .story dl').waitFor();
  await page.locator("#a-queue-group").evaluate((element) => element.scrollIntoView());
  await shot(page, "reader");

  await page.goto(`${room.page}/lessons/04-queue-groups`);
  await run(page, { copies: 3, orders: 9 });
  await page.locator("[data-canvas] circle").first().waitFor();
  await page.click('[data-time="pause"]');
  await shot(page, "hearing", "section.picture");
  await page.click("[data-stop]");

  cpSync(join(room.root, "solutions/08-acks/worker.ts"), join(room.root, "lessons/08-acks/worker.ts"));
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`${room.page}/lessons/08-acks`);
  await page.click("[data-open]");
  await page.locator("[data-open]").waitFor({ state: "hidden" });
  await run(page, { copies: 3, orders: 9 });
  await page.locator("[data-canvas]").getByText("at work on").first().waitFor();
  await page.click('[data-fault="kill"]');
  await page.locator("[data-canvas]").getByText("On the floor").first().waitFor();
  await page.click('[data-time="pause"]');
  await shot(page, "holders", "section.picture");
  await page.selectOption('[data-choose="picture"]', "stream");
  await page.locator("[data-canvas]").getByText("ack floor").first().waitFor();
  await shot(page, "stream", "section.picture");
  await page.click("[data-stop]");
});

async function run(page: Page, { copies, orders }: { copies: number; orders: number }): Promise<void> {
  await page.fill("[data-copies]", String(copies));
  await page.click("[data-run]");
  await page.locator(`[data-program] option:nth-child(${copies})`).waitFor({ state: "attached" });
  await page.locator("[data-canvas]").getByText(/^worker#\d$/).nth(copies - 1).waitFor();
  await page.fill("[data-count]", String(orders));
  await page.click("[data-orders]");
}

async function shot(page: Page, name: string, selector?: string): Promise<void> {
  const path = join(TO, `${name}.png`);
  if (selector) await page.locator(selector).first().screenshot({ path });
  else await page.screenshot({ path });
  console.log(`  docs/pictures/${name}.png`);
}
