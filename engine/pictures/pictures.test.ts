import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FlightEvent } from "#engine/record/events.ts";
import { PICTURES, pictureOf } from "./catalogue.ts";
import { stateAfter, type Facts, type Input } from "./picture.ts";

function sample(id: string): Input[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, "samples", `${id}.json`), "utf8")) as Input[];
}

/** What a picture says in words: its table, without the sources. */
function told(id: string, story: readonly Input[], now = story.at(-1)?.t ?? 0): string[] {
  const picture = pictureOf(id)!;
  return picture.table(stateAfter(picture, story), now).rows.map((row) => row.slice(0, -1).join(" | "));
}

const ORDER = { subject: "orders.placed.eu.k3f9-1", stream: "ORDERS", sequence: 1 };
const OUT = { ...ORDER, consumer: "payments", program: "worker#1", life: 1, deliveries: 1 };

function facts(change: Partial<Facts["streams"][number]> = {}): Facts {
  const consumers = [{ name: "payments", ackWait: 6_000, maxDeliver: -1, delivered: 0, ackFloor: 0, pending: 0, ackPending: 0, redelivered: 0, waiting: 0 }];
  return { t: 0, kind: "facts", streams: [{ name: "ORDERS", subjects: ["orders.>"], messages: 1, first: 1, last: 1, deleted: 0, retention: "limits", discard: "old", maxMessages: -1, duplicateWindow: 2_000, consumers, ...change }] };
}

describe.each(PICTURES)("$id", (picture) => {
  const story = sample(picture.id);

  test("draws the recorded run, says it in words, and names a source for each row", () => {
    const state = stateAfter(picture, story);
    const look = { now: story.at(-1)?.t ?? 0, width: 800 };
    const svg = picture.draw(state, look);
    expect(story.length).toBeGreaterThan(20);
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-label="[^"]{10,}"/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const { head, rows } = picture.table(state, look.now);
    expect(rows.length).toBeGreaterThan(0);
    expect(head.at(-1)).toBe("Seen as");
    for (const row of rows) {
      expect(row).toHaveLength(head.length);
      expect(row.at(-1)).toMatch(/^(wire|server|ledger|process): /);
    }
  });

  test("is pure: the same story gives the same drawing, and a state is not changed by what comes after it", () => {
    const half = stateAfter(picture, story.slice(0, story.length / 2));
    const before = picture.draw(half, { now: 1_000, width: 500 });
    let state = half;
    for (const input of story.slice(story.length / 2)) state = picture.after(state, input);
    expect(picture.draw(half, { now: 1_000, width: 500 })).toBe(before);
    expect(picture.draw(stateAfter(picture, story), { now: 2_000, width: 500 })).toBe(picture.draw(state, { now: 2_000, width: 500 }));
  });

  test("takes every word from outside as text", () => {
    const evil = `"><script>alert(1)</script><b x='`;
    const spoiled = story.map((input) => JSON.parse(JSON.stringify(input, (key, value: unknown) => (typeof value === "string" && key !== "kind" && key !== "of" ? `${value}${evil}` : value))) as Input);
    const svg = picture.draw(stateAfter(picture, spoiled), { now: spoiled.at(-1)?.t ?? 0, width: 1_000 });
    expect(svg).not.toMatch(/<script|<b x/);
    expect(svg.replaceAll(/<(\/?)(svg|g|text|title|rect|circle|line|polyline|polygon)(\s[\w:-]+="[^"<>]*")*>/g, "")).not.toMatch(/[<>]/);
  });

  test("has something to say when nothing has happened", () => {
    expect(picture.draw(picture.begin(), { now: 0, width: 400 })).toMatch(/^<svg/);
    expect(picture.table(picture.begin(), 0).head.length).toBeGreaterThan(2);
  });

  test("stays small under a flood", () => {
    let state = picture.begin();
    for (let n = 1; n <= 800; n++) {
      for (const kind of ["publish", "puback", "deliver", "call", "answer", "ack"] as const) state = picture.after(state, { ...OUT, t: n, kind, sequence: n, subject: `orders.placed.eu.${n}`, service: "charge", order: String(n), effect: true });
    }
    expect(picture.draw(state, { now: 800, width: 1_000 }).length).toBeLessThan(60_000);
    expect(JSON.stringify(state).length).toBeLessThan(200_000);
  });
});

describe("what single pictures know", () => {
  const subscribe = (program: string, queue?: string): FlightEvent => ({ t: 1, kind: "subscribe", program, life: 1, sid: "1", subject: "orders.placed.*.*", ...(queue ? { queue } : {}) });
  const publish: FlightEvent = { t: 5, kind: "publish", program: "shop", life: 1, subject: ORDER.subject };

  test("who hears it: each that got the message, and nobody where the server says so", () => {
    const deliver: FlightEvent = { t: 6, kind: "deliver", program: "worker#2", life: 1, sid: "1", subject: ORDER.subject, queue: "workers" };
    expect(told("hearing", [subscribe("worker#1", "workers"), subscribe("worker#2", "workers"), publish, deliver])).toContain(`shop | newest | ${ORDER.subject}: heard by worker#2 |  | 1`);
    expect(told("hearing", [publish, { t: 7, kind: "status", program: "shop", status: 503, request: ORDER.subject }])).toContain(`shop | newest | ${ORDER.subject}: no responders (status 503) |  | 1`);
    expect(told("hearing", [subscribe("worker#1"), { t: 9, kind: "exit", program: "worker#1" }])).toEqual([]);
  });

  test("the stream: the ack floor waits for the oldest that is open", () => {
    const deliver = (sequence: number): FlightEvent => ({ ...OUT, t: sequence, kind: "deliver", sequence, pending: 0 });
    const ack = (sequence: number): FlightEvent => ({ ...OUT, t: 10 + sequence, kind: "ack", sequence });
    const row = (story: Input[]) => told("stream", story)[0]?.split(" | ").slice(4, 6);
    expect(row([deliver(1), deliver(2), deliver(3), ack(2), ack(3)])).toEqual(["3", "0"]);
    expect(row([deliver(1), deliver(2), deliver(3), ack(2), ack(3), ack(1)])).toEqual(["3", "3"]);
  });

  test("one life: from publishing to the second delivery, with what is left of the ack wait", () => {
    const story: Input[] = [facts(), { t: 10, kind: "puback", program: "shop", ...ORDER }, { ...OUT, t: 20, kind: "deliver" }, { ...OUT, t: 6_020, kind: "deliver", deliveries: 2, program: "worker#2" }];
    expect(told("life", story, 8_020).map((row) => row.split(" | ").slice(2).join(" "))).toEqual(["shop published", "ORDERS stored as sequence 1", "worker#1 delivered", "worker#2 delivery 2", "server waits 4.0 s more for the ack"]);
  });

  test("who holds what: a killed worker drops it", () => {
    const story: Input[] = [facts(), { ...OUT, t: 20, kind: "deliver" }, { t: 30, kind: "exit", program: "worker#1", life: 1, note: "SIGKILL" }];
    expect(told("holders", story, 1_020)).toEqual([" | gone (SIGKILL) | worker#1 |  | ", "k3f9-1 | dropped | worker#1 | 1 | 5.0 s"]);
  });

  test("twice: a second effect shows, and so does a message id that bounced", () => {
    const call = (t: number): Input[] => [{ t, kind: "call", program: "worker", service: "charge", order: "k3f9-1" }, { t, kind: "answer", program: "worker", service: "charge", order: "k3f9-1", effect: true, status: 200 }];
    const sent: FlightEvent = { ...publish, headers: { "Nats-Msg-Id": ["k3f9-1-placed"] } };
    const story: Input[] = [sent, { t: 6, kind: "puback", ...ORDER }, sent, { t: 7, kind: "puback", ...ORDER, note: "duplicate" }, ...call(8), ...call(9)];
    expect(told("twice", story)).toEqual(["k3f9-1 | k3f9-1-placed | 2 | 1 | 0 | 0 | charge 2 | charge 2"]);
    expect(pictureOf("twice")!.draw(stateAfter(pictureOf("twice")!, story), { now: 10, width: 800 })).toContain("✗ charge 2×");
  });

  test("what is kept: the rule in words, and what was refused", () => {
    const story: Input[] = [facts({ retention: "workqueue", discard: "new", maxMessages: 500, messages: 500, last: 500 }), { t: 3, kind: "puback", subject: "orders.placed.eu.1", status: 10077, note: "maximum messages exceeded" }];
    expect(told("kept", story)[0]).toBe("ORDERS | a work queue: acked is gone; at 500 it refuses new ones | 500 | 1 | 500 | 0 | 1: 10077 maximum messages exceeded | ");
  });

  test("pressure: rates over two seconds, counts included, and what is in flight", () => {
    const story: Input[] = [{ t: 1_000, kind: "count", of: "publish", count: 4_000, program: "shop" }, { t: 1_200, kind: "call", service: "charge", order: "1", program: "w" }];
    expect(told("pressure", story, 2_000).slice(0, 1)).toEqual(["published per second | 2000.0"]);
    expect(told("pressure", story, 2_000)).toContain("calls in flight | 1");
  });

  test("rewind: where a reader is, and the newest value of each key", () => {
    const put = (payload: string): FlightEvent => ({ t: 5, kind: "publish", program: "revenue", subject: "$KV.revenue.2026-03-01.eu", payload });
    const story: Input[] = [{ ...OUT, t: 1, kind: "deliver", program: "revenue", consumer: "x", sequence: 40, pending: 60 }, put("1"), put("12")];
    expect(told("rewind", story)).toEqual(["revenue | ORDERS | 40 | 40 | 1 | 60 left", "2026-03-01.eu | revenue |  |  | 2 | 12"]);
  });
});

