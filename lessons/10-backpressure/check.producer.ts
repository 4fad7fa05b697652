import type { FlightEvent } from "#engine/record/events.ts";
import type { Fault } from "#engine/tap/tap.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { expect } from "#engine/lab/words.ts";
import { isOrder, onTheWay } from "./check.peaks.ts";
import { ROOM, work } from "./check.witness.ts";

/** The stream stays full for so long (ms), so that it shows whether a producer waits. */
const FULL_MS = 500;
/** Who sends a refused order again sooner than this (ms) again and again, does not wait. The contract says 200. */
const TOO_SOON_MS = 100;

/** Throws `NotYet` unless the producer has asked for PubAcks, and never for more than `window` at a time. With `acks` they are held: it has to wait. */
export async function mustHold(lab: Lab, producer: Handle, { window, acks }: { window: number; acks?: Fault }): Promise<void> {
  const timeline = () => producer.events().filter(({ kind }) => kind !== "ping" && kind !== "pong").slice(-4);
  if (acks) {
    await lab.until(() => acks.hits > 0 || !producer.running || published(producer).some(({ reply }) => !reply), { holding: true, expected: "producer to publish its orders", seen: () => "it has published none", timeline });
    await lab.settled({ holding: true });
  }
  const unasked = published(producer).filter(({ reply }) => !reply).length;
  lab.note("unasked", unasked);
  expect(unasked === 0, () => ({ expected: "a PubAck to be asked for with every order", seen: `${unasked} orders were published without`, timeline: timeline() }));
  const most = onTheWay(producer.events());
  lab.note("onTheWay", most);
  expect(most <= window, () => ({ expected: `at most ${window} orders on their way without a PubAck, as WINDOW says`, seen: `${most} were`, timeline: timeline() }));
  if (!acks) return;
  lab.note("early", !producer.running);
  expect(producer.running, () => ({ expected: "producer to wait for its PubAcks", seen: `it ended with exit code ${producer.program.exit?.code} while a PubAck was outstanding`, timeline: timeline() }));
}

/** Throws `NotYet` unless the producer has stored every order it had, and then ended well. */
export async function mustEnd(lab: Lab, producer: Handle, orders: OrderEvent[]): Promise<void> {
  const missing = lab.tap ? orders.filter((order) => !stored(producer, order)).length : 0;
  lab.note("missing", missing);
  const { exit } = producer.program;
  const seen = exit ? `it ended with exit code ${exit.code}, and ${missing} of them had no PubAck` : `${orders.length - missing} have their PubAck, and it is still running`;
  expect(exit?.code === 0 && missing === 0, () => ({ expected: `producer to end with exit code 0 when all ${orders.length} orders are stored`, seen, timeline: producer.events().filter(({ kind }) => kind === "puback" || kind === "exit").slice(-4) }));
  if (lab.facts.refused === undefined) expect((await work(lab))?.state.messages === orders.length, { expected: `${orders.length} orders in WORK`, seen: "it has others" });
}

/** Waits until the stream is full and has refused an order, and for a while longer. Throws `NotYet` unless the producer waits as well. */
export async function mustWaitForRoom(lab: Lab, producer: Handle): Promise<void> {
  const expected = "producer to wait while the stream is full, and to try again";
  const timeline = () => producer.events().filter(({ kind }) => kind === "publish" || kind === "puback" || kind === "exit").slice(-6);
  const full = async () => (await work(lab))?.state.messages === ROOM && (!lab.tap || refusals(producer).length > 0);
  const stored = async () => (await work(lab))?.state.messages ?? 0;
  let has = 0;
  await lab.until(async () => { has = await stored(); return !producer.running || (await full()); }, { idle: 2_000, expected, seen: () => `it has stored ${has} orders, and nothing moves`, timeline });
  const from = lab.record.now();
  await lab.until(() => !producer.running || lab.record.now() - from > FULL_MS, { evenIfQuiet: true, expected, seen: () => "no time has gone by" });
  lab.note("refused", refusals(producer).length);
  expect(producer.running, () => ({ expected, seen: `it ended with exit code ${producer.program.exit?.code}; the stream had refused ${refusals(producer).length} orders`, timeline: timeline() }));
  const pauses = pausesOf(producer);
  const pause = pauses[Math.floor(pauses.length / 10)] ?? Infinity;
  lab.note("soon", pause < TOO_SOON_MS);
  expect(pause >= TOO_SOON_MS, () => ({ expected: "at least 200 ms before a refused order is sent again", seen: `${pauses.length} tries in ${FULL_MS} ms, many of them less than ${Math.ceil(pause)} ms after the refusal`, timeline: timeline() }));
}

/** The orders as the producer has published them, each try for itself. */
function published(producer: Handle): FlightEvent[] {
  return producer.events({ kind: "publish" }).filter(({ subject }) => isOrder(subject));
}

function refusals(producer: Handle): FlightEvent[] {
  return producer.events({ kind: "puback" }).filter(({ status }) => status !== undefined);
}

function stored(producer: Handle, order: OrderEvent): boolean {
  return producer.events({ kind: "puback" }).some(({ status, subject }) => status === undefined && subject === subjectOf(order));
}

/** The times between the refusal of an order and its next try, in milliseconds, the shortest first. */
function pausesOf(producer: Handle): number[] {
  const refused = new Map<string, number>();
  const pauses: number[] = [];
  for (const { kind, subject = "", status, t } of producer.events()) {
    if (kind === "puback" && status !== undefined) refused.set(subject, t);
    const since = kind === "publish" ? refused.get(subject) : undefined;
    if (since !== undefined) pauses.push(t - since);
  }
  return pauses.toSorted((a, b) => a - b);
}
