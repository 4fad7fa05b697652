import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { FlightEvent } from "#engine/record/events.ts";
import { openRecord } from "#engine/record/flight.ts";
import { startServer } from "#engine/server/start.ts";
import type { Message } from "../hub.ts";
import { checkSource } from "./check-feed.ts";
import { Feed, PAGE_RATE, type FlightNews } from "./feed.ts";

/** A page that keeps what it is sent. */
function pageOf(source: (send: (message: Message) => void) => () => void) {
  const news: FlightNews[] = [];
  const leave = source(({ data }) => void news.push(data as FlightNews));
  return { news, leave, events: () => news.flatMap(({ events }) => events) };
}

test("a page gets the past, then each event at a hundred a second, and counts at a hundred thousand", async () => {
  await using record = openRecord();
  await using server = await startServer({});
  record.add({ kind: "subscribe", program: "worker", subject: "orders.>", sid: "1" });
  for (let n = 0; n < 2_000; n++) record.add({ kind: "publish", program: "shop", subject: `old.${n}` });
  const feed = new Feed({ record, server });
  const page = pageOf(feed.source);
  expect(page.news[0]).toMatchObject({ reset: true });
  expect(page.events()[0]).toMatchObject({ kind: "subscribe", subject: "orders.>" });
  expect(page.events().length).toBeLessThan(1_700);
  const before = page.events().length;

  for (let n = 0; n < 100; n++) record.add({ kind: "publish", program: "shop", subject: `slow.${n}` });
  await expect.poll(() => page.events().filter((event) => event.kind === "publish" && event.subject?.startsWith("slow.")).length, { timeout: 20_000 }).toBe(100);

  const from = record.now();
  for (let n = 0; n < 100_000; n++) record.keep({ t: 0, kind: "publish", program: "shop", subject: "fast" }, from + n / 100);
  const fast = () => page.events().slice(before).filter((event): event is FlightEvent => event.kind === "count" || (event.kind === "publish" && event.subject === "fast"));
  await expect.poll(() => fast().reduce((sum, event) => sum + (event.count ?? 1), 0), { timeout: 20_000 }).toBe(100_000);
  expect(fast().length).toBeLessThan(PAGE_RATE * 3);
  page.leave();
});

test("another lesson's server begins with nothing of the former one's", async () => {
  await using record = openRecord();
  await using server = await startServer({});
  const house = { record, server, openedAt: 0 };
  record.add({ kind: "publish", program: "shop", subject: "before" });
  const page = pageOf(new Feed(house).source);
  expect(page.events()).toMatchObject([{ subject: "before" }]);
  house.openedAt = record.now();
  record.add({ kind: "publish", program: "shop", subject: "after" });
  await expect.poll(() => page.news.at(-1), { timeout: 10_000 }).toMatchObject({ reset: true, events: [{ subject: "after" }] });
  page.leave();
});

test("nothing is listened to while no page looks", async () => {
  await using record = openRecord();
  await using server = await startServer({});
  const feed = new Feed({ record, server });
  const page = pageOf(feed.source);
  page.leave();
  const sent = page.news.length;
  record.add({ kind: "publish", subject: "x" });
  const other = pageOf(feed.source);
  expect(page.news).toHaveLength(sent);
  expect(other.events().at(-1)).toMatchObject({ kind: "publish", subject: "x" });
  other.leave();
});

test("checkSource() follows the newest run of a lesson in its file, then the next one", async () => {
  const root = mkdtempSync(join(tmpdir(), "check feed "));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const run = (id: string, lesson: string) => {
    const file = join(root, ".workshop/run", id, "flight.jsonl");
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ flight: 1, lesson, startedAt: "" })}\n`);
    return file;
  };
  const first = run("a", "04-queue-groups");
  appendFileSync(first, `${JSON.stringify({ t: 1, kind: "publish", subject: "one" })}\n`);
  const page = pageOf(checkSource(root, "04-queue-groups"));
  const subjects = () => page.events().map((event) => ("subject" in event ? event.subject : ""));
  await expect.poll(subjects, { timeout: 10_000 }).toEqual(["one"]);
  run("b", "05-other");
  appendFileSync(first, `${JSON.stringify({ t: 2, kind: "publish", subject: "two" })}\n`);
  await expect.poll(subjects, { timeout: 10_000 }).toEqual(["one", "two"]);
  appendFileSync(run("c", "04-queue-groups"), `${JSON.stringify({ t: 1, kind: "publish", subject: "three" })}\n`);
  await expect.poll(() => page.news.at(-1)?.events, { timeout: 10_000 }).toMatchObject([{ subject: "three" }]);
  expect(page.news.at(-1)?.reset).toBe(true);
  page.leave();
});
