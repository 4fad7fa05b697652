import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile, appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlightEvent } from "./events.ts";
import { openRecord } from "./flight.ts";
import { FILE_BYTES } from "./lines.ts";
import { follow, readRecord } from "./read.ts";
import { FULL_RATE } from "./thin.ts";

let folder = "";
let files = 0;
const next = () => join(folder, `${++files}.jsonl`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flight-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("FlightRecord", () => {
  it("stamps events on one clock, tells listeners and finds them again", () => {
    const record = openRecord();
    const heard: FlightEvent[] = [];
    const end = record.on((event) => void heard.push(event));
    const first = record.add({ kind: "publish", program: "a", subject: "x" });
    const second = record.add({ kind: "deliver", program: "b", subject: "x" });
    record.add({ kind: "publish", program: "a", life: 2 }, 10_000);
    end();
    record.add({ kind: "scene" });
    expect(heard.map((event) => event.kind)).toEqual(["publish", "deliver", "publish"]);
    expect(second.t).toBeGreaterThanOrEqual(first.t);
    expect(record.now()).toBeGreaterThanOrEqual(second.t);
    expect(record.where({ kind: "publish", program: "a" })).toHaveLength(2);
    expect(record.where({ kind: "publish" }, 10_000)).toMatchObject([{ life: 2, t: 10_000 }]);
    expect(record.where((event) => event.subject === "x")).toEqual([first, second]);
    expect(record.where({ life: undefined, kind: "scene" })).toHaveLength(1);
  });

  it("lets go of payloads first and of the oldest events last, and counts both", () => {
    const record = openRecord({ memory: 100 });
    for (let n = 0; n < 150; n++) Object.freeze(record.add({ kind: "publish", subject: String(n), payload: "x", headers: { a: ["b"] } }));
    expect(record.events).toHaveLength(150);
    expect(record.events[0]).toEqual({ t: expect.any(Number), kind: "publish", subject: "0" });
    expect(record.events[50]?.payload).toBe("x");
    expect(record.dropped).toEqual({ payloads: 50, events: 0 });
    for (let n = 150; n < 1_000; n++) record.add({ kind: "publish", subject: String(n), payload: "x" });
    expect(record.events.length).toBeLessThanOrEqual(200);
    expect(record.events.at(-1)?.subject).toBe("999");
    expect(record.dropped.events + record.events.length).toBe(1_000);
    expect(record.events.filter((event) => event.payload).length).toBe(100);
  });

  it("writes a header line and one line for each event", async () => {
    const file = next();
    await using record = openRecord({ file, lesson: "04-queue-groups", seed: "abcd" });
    record.add({ kind: "publish", subject: "grün", payload: "a\nb" });
    await record.flush();
    expect(await readRecord(file)).toEqual({ header: { flight: 1, lesson: "04-queue-groups", seed: "abcd", startedAt: expect.stringMatching(/^\d{4}-.*Z$/) }, events: record.events });
  });

  it("cannot be opened where no file can be written", () => {
    expect(() => openRecord({ file: join(folder, "no", "such", "folder") })).toThrow(/ENOENT/);
  });

  it.skipIf(!existsSync("/dev/full"))("cannot be opened on a full disk", () => {
    expect(() => openRecord({ file: "/dev/full" })).toThrow(/ENOSPC/);
  });
});

describe("the file of a busy record", () => {
  it("gets every event of a burst that fits into a second", async () => {
    const file = next();
    await using record = openRecord({ file });
    for (let n = 0; n < 4_000; n++) record.add({ kind: "publish", subject: "a" }, n / 100);
    await record.flush();
    expect((await readRecord(file)).events).toHaveLength(4_000);
  });

  it("gets counts above 5,000 a second: by kind, program and 50 ms, and no event is forgotten", async () => {
    const file = next();
    await using record = openRecord({ file });
    for (let n = 0; n < 40_000; n++) record.add({ kind: n % 4 === 0 ? "ack" : "deliver", program: "worker", life: 1 }, n / 20);
    record.add({ kind: "subscribe", subject: "rare" }, 2_000);
    await record.flush();
    const { events } = await readRecord(file);
    const counts = events.filter((event) => event.kind === "count");
    const whole = events.length - counts.length;
    expect(whole).toBeGreaterThanOrEqual(FULL_RATE);
    expect(whole).toBeLessThan(3.2 * FULL_RATE);
    expect(counts.length).toBeLessThan(90);
    expect(counts[0]).toMatchObject({ kind: "count", of: expect.stringMatching(/^(ack|deliver)$/), program: "worker", life: 1, count: expect.any(Number) });
    expect(whole - 1 + counts.reduce((sum, event) => sum + event.count!, 0)).toBe(40_000);
    expect(events.find((event) => event.kind === "subscribe")).toMatchObject({ subject: "rare" });
    expect(events.map((event) => event.t)).toEqual(events.map((event) => event.t).sort((a, b) => a - b));
    expect(record.events).toHaveLength(40_001);
  });

  it("grows to its limit and says so in its last line", async () => {
    const file = next();
    await using record = openRecord({ file });
    for (let n = 0; n < 30; n++) record.add({ kind: "scene", note: "x".repeat(1_000_000) });
    await record.flush();
    expect((await readFile(file)).length).toBeLessThan(FILE_BYTES + 200);
    expect((await readRecord(file)).events.at(-1)).toMatchObject({ kind: "count", note: expect.stringContaining("full") });
    expect(record.events).toHaveLength(30);
  });
});

describe("readRecord()", () => {
  it("leaves a torn last line out", async () => {
    const file = next();
    await writeFile(file, '{"flight":1,"startedAt":"2026-03-01T00:00:00.000Z"}\n{"t":1,"kind":"start"}\n{"t":2,"ki');
    expect((await readRecord(file)).events).toEqual([{ t: 1, kind: "start" }]);
  });

  it("refuses what is no flight record", async () => {
    const file = next();
    await writeFile(file, "hello\n");
    await expect(readRecord(file)).rejects.toThrow(`Cannot read ${file}: a flight record begins with a header line, this file begins with "hello"`);
  });
});

describe("follow()", () => {
  it("gives what is there, then what comes, whole lines only, until it is told to stop", async () => {
    const file = next();
    const stop = new AbortController();
    const got: number[] = [];
    const done = (async () => {
      for await (const event of follow(file, { signal: stop.signal, every: 2 })) {
        got.push(event.t);
        if (event.t === 3) stop.abort();
      }
    })();
    await writeFile(file, '{"flight":1,"startedAt":"now"}\n{"t":1,"kind":"start"}\n{"t":2,"note":"grü');
    await appendFile(file, 'n","kind":"exit"}\n');
    await appendFile(file, '{"t":3,"kind":"exit"}\n');
    await done;
    expect(got).toEqual([1, 2, 3]);
  });

  it("sees an event of a record that is open within moments", async () => {
    const file = next();
    await using record = openRecord({ file });
    const stop = new AbortController();
    const events = follow(file, { signal: stop.signal });
    const first = events.next();
    record.add({ kind: "start", program: "worker" });
    expect((await first).value).toMatchObject({ kind: "start", program: "worker" });
    stop.abort();
    await events.return();
  });
});
