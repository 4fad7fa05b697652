import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FlightEvent } from "#engine/record/events.ts";
import type { FlightHeader } from "#engine/record/flight.ts";
import { follow } from "#engine/record/read.ts";
import { Thinner } from "#engine/record/thin.ts";
import type { Message } from "../hub.ts";
import { PAGE_RATE, slim, type FlightNews } from "./feed.ts";

/** How often a newer run is looked for, and events are sent, in milliseconds. */
const LOOK_MS = 250;
const BATCH_MS = 50;

/**
 * The newest check of a lesson as its record's file tells it, whichever process runs it: what is there, then what is
 * added, then the next run. Returns what ends it.
 */
export function checkSource(root: string, lesson: string): (send: (message: Message) => void) => () => void {
  return (send) => {
    const over = new AbortController();
    let current: { file: string; stop: AbortController } | undefined;
    const look = async () => {
      const file = await newestRun(root, lesson);
      if (over.signal.aborted || !file || file === current?.file) return;
      current?.stop.abort();
      current = { file, stop: new AbortController() };
      void tell(file, send, current.stop.signal);
    };
    send({ type: "flight", data: { events: [], now: 0, reset: true } satisfies FlightNews });
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      over.abort();
      current?.stop.abort();
      clearInterval(timer);
    };
  };
}

async function tell(file: string, send: (message: Message) => void, signal: AbortSignal): Promise<void> {
  let batch: FlightEvent[] = [];
  let first = true;
  let now = 0;
  const thinner = new Thinner((event) => void batch.push(slim(event)), PAGE_RATE);
  const timer = setInterval(() => {
    if (batch.length === 0) return;
    const news: FlightNews = { events: batch.slice(-3_000), now, ...(first ? { reset: true as const } : {}) };
    batch = [];
    first = false;
    send({ type: "flight", data: news });
  }, BATCH_MS);
  for await (const event of follow(file, { signal })) {
    now = event.t;
    thinner.add(event);
  }
  clearInterval(timer);
  thinner.close();
}

async function newestRun(root: string, lesson: string): Promise<string | undefined> {
  const runs = join(root, ".workshop", "run");
  const ids = await readdir(runs).catch(() => []);
  const files = await Promise.all(ids.filter((id) => !id.startsWith("house-")).map(async (id) => {
    const file = join(runs, id, "flight.jsonl");
    return { file, at: (await stat(file).catch(() => undefined))?.birthtimeMs ?? 0 };
  }));
  for (const { file, at } of files.toSorted((a, b) => b.at - a.at)) if (at > 0 && (await headerOf(file))?.lesson === lesson) return file;
  return undefined;
}

async function headerOf(file: string): Promise<FlightHeader | undefined> {
  try {
    await using handle = await open(file, "r");
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return JSON.parse(buffer.toString("utf8", 0, bytesRead).split("\n")[0] ?? "") as FlightHeader;
  } catch {
    return undefined;
  }
}
