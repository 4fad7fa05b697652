import { expect, test } from "vitest";
import type { FlightEvent } from "#engine/record/events.ts";
import { tell } from "#engine/pictures/timeline.ts";
import { fitted } from "./fitted.ts";

test("a long line loses the middle of its longest word, and keeps its end", () => {
  const line = "  1.204 s  worker#1  SUB orders.placed.*.* in queue group the-kitchen-of-the-big-house-at-the-corner-of-the-street";
  expect(fitted(line, 88)).toEqual(["  1.204 s  worker#1  SUB orders.placed.*.* in queue group the-kitchen-of-…-of-the-street"]);
  expect(fitted(line, 64)).toEqual(["  1.204 s  worker#1  SUB orders.placed.*.* in queue group", "             the-kitchen-…f-the-street"]);
  expect(fitted(`  1.204 s  worker#1  PUB a.b  {"text":"${"x".repeat(90)}"} (and it ends)`, 64).at(-1)).toMatch(/ends\)$/);
  expect(fitted("word ".repeat(30).trim(), 64).every((text) => text.length <= 64)).toBe(true);
  expect(fitted("short", 64)).toEqual(["short"]);
});

test("a story turns where its check says, and what it names is not folded away", () => {
  const event = (t: number, more: Partial<FlightEvent>): FlightEvent => ({ t, kind: "call", program: "worker", service: "charge", ...more }) as FlightEvent;
  const events = [event(1, {}), event(2, {}), event(3, {}), event(4, { kind: "exit", note: "code 0" })];
  expect(tell(events)).toMatchObject({ lines: { length: 2 }, turns: [1] });
  expect(tell(events, [events[1]!])).toMatchObject({ lines: { length: 4 }, turns: [1] });
});
