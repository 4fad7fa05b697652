import { isDeepStrictEqual } from "node:util";
import type { StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { readStream, type Stored } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import { storyOfSetup, storyOfStream } from "./check.stories.ts";

/** A day in milliseconds. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/** What setup has to leave: the limit it was given, and the orders that were there. */
export interface Kept {
  maxMsgs: number;
  orders?: OrderEvent[];
}

/** Throws `NotYet` unless ORDERS is there with the contract's settings and all that was in it. */
export async function mustKeep(lab: Lab, { maxMsgs, orders = [] }: Kept): Promise<void> {
  const timeline = storyOfSetup(lab);
  const { streams } = await lab.jsm();
  const names = await streams.names().next();
  const others = names.length > 0 ? `there is ${names.join(" and ")}` : "there is no stream at all";
  expect(names.includes("ORDERS"), { expected: "a stream ORDERS after setup has ended", seen: others, timeline });

  const differs = differences((await streams.info("ORDERS")).config, maxMsgs);
  if (differs.length > 0) lab.note("differs", differs);
  expect(differs.length === 0, { expected: `the settings of the contract after setup with MAX_MSGS ${maxMsgs}`, seen: `ORDERS has ${differs.join(" and ")}`, timeline });

  const read = (await readStream(lab)) ?? [];
  const lost = orders.filter((order) => !find(read, order)).length;
  lab.note("lost", lost);
  expect(lost === 0, { expected: `the ${orders.length} orders that were in ORDERS to be there after setup`, seen: `${lost} of them are gone`, timeline });
}

/** Throws `NotYet` unless the stream has every order, on its own subject and word for word. */
export async function mustHold(lab: Lab, orders: OrderEvent[], expected: string): Promise<void> {
  const timeline = storyOfStream(lab);
  const read = await readStream(lab);
  expect(read !== undefined, { expected, seen: "there is no stream ORDERS", timeline });

  const missing = orders.filter((order) => !find(read, order));
  expect(missing.length === 0, () => ({ expected, seen: `${missing.length} of them are not there, for example ${subjectOf(missing[0]!)}`, timeline }));

  const changed = orders.find((order) => !read.some((message) => message.subject === subjectOf(order) && holds(message, order)));
  if (!changed) return;
  const body = find(read, changed)?.text || "empty";
  lab.note("changed", body.length > 60 ? `${body.slice(0, 60)}…` : body);
  expect(false, { expected: `the event of ${changed.orderId} as it stands in the file: ${JSON.stringify(changed)}`, seen: `the body in ORDERS is ${body}` });
}

function find(read: Stored[], order: OrderEvent): Stored | undefined {
  return read.find((message) => message.subject === subjectOf(order));
}

function holds({ text }: Stored, order: OrderEvent): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text), order);
  } catch {
    return false;
  }
}

/** What differs from the contract, in words. Storage is not among it: a restart judges that. */
function differences(config: StreamConfig, maxMsgs: number): string[] {
  const wanted = inWords({ subjects: ["orders.>"], retention: "limits", discard: "new", max_msgs: maxMsgs, max_age: nanos(7 * DAY_MS), duplicate_window: nanos(120_000) });
  const has = inWords(config);
  const names = Object.keys(wanted) as (keyof typeof wanted)[];
  return names.flatMap((name) => (has[name] === wanted[name] ? [] : [`${name} ${has[name]} instead of ${wanted[name]}`]));
}

type Settings = Pick<StreamConfig, "subjects" | "retention" | "discard" | "max_msgs" | "max_age" | "duplicate_window">;

function inWords({ subjects, retention, discard, max_msgs, max_age, duplicate_window }: Settings): Record<keyof Settings, string> {
  return { subjects: subjects.join(" and "), retention, discard, max_msgs: String(max_msgs), max_age: duration(max_age), duplicate_window: duration(duplicate_window) };
}

const UNITS = [[DAY_MS, "day"], [3_600_000, "hour"], [60_000, "minute"], [1_000, "second"], [1, "millisecond"]] as const;

/** A duration of the server's (nanoseconds), in the largest unit that leaves a whole number. */
function duration(nanoseconds: number): string {
  const fits = UNITS.find(([ms]) => nanoseconds > 0 && nanoseconds % nanos(ms) === 0);
  const [count, unit] = fits ? [nanoseconds / nanos(fits[0]), fits[1]] : [nanoseconds, "nanosecond"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
