import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { readStream, store } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import { isFor, sum } from "./check.words.ts";

/** Several ack waits and a confirmation that nobody answered: when nothing has moved for so long, nothing comes. */
export const NOTHING_COMES_MS = 6_000;
/** An event that was charged so often, by whatever key, is not waiting for an ack that is late: it has none. */
const NEVER_ACKED = 5;

/** Calls to the provider for one event since the check began. */
export function charges(lab: Lab, event: OrderEvent): LedgerLine[] {
  return lab.world.ledger.slice(lab.scene.call).filter((call) => isFor(call, event));
}

/** How often an event's card was charged. */
export function effects(lab: Lab, event: OrderEvent): number {
  return charges(lab, event).filter((call) => call.effect).length;
}

/** Throws `NotYet` unless the stream has each event once: by its id, whatever else is in there. */
export async function mustStoreOnce(lab: Lab, events: OrderEvent[]): Promise<void> {
  const read = (await readStream(lab)) ?? [];
  const copies = new Map(events.map(({ id }) => [id, read.filter(({ text }) => idOf(text) === id).length]));
  const expected = `each of ${events.length} events once in ORDERS`;
  const missing = events.filter(({ id }) => copies.get(id) === 0);
  lab.note("notStored", missing.map(({ id }) => id));
  expect(missing.length === 0, () => ({ expected, seen: `${missing[0]!.id} is not there`, timeline: storyOf(lab, missing[0]!) }));
  const twice = events.filter(({ id }) => Number(copies.get(id)) > 1);
  lab.note("storedTwice", twice.map(({ id }) => id));
  expect(twice.length === 0, () => ({ expected, seen: `${twice[0]!.id} is there ${sum(Number(copies.get(twice[0]!.id)))}`, timeline: storyOf(lab, twice[0]!) }));
}

/** Waits until the server has handed out everything and heard the end of it, then throws `NotYet` unless every event's card was charged once. */
export async function mustChargeOnce(lab: Lab, events: OrderEvent[]): Promise<void> {
  lab.note("events", events);
  const expected = events.length === 1 ? `one charge for ${events[0]!.id}` : `one charge for each of ${events.length} events`;
  const missing = () => events.filter((event) => effects(lab, event) === 0);
  const twice = () => events.filter((event) => effects(lab, event) > 1);
  const refused = () => events.filter((event) => charges(lab, event).some((call) => call.status === 400));
  const wrong = () => twice()[0] ?? refused()[0] ?? missing()[0];
  const timeline = () => storyOf(lab, wrong());
  const proof = () => timeline().filter(tells);
  const seen = () => seenOf(lab, wrong());
  const unacked = () => events.some((event) => charges(lab, event).filter((call) => call.status === 200).length >= NEVER_ACKED);
  const over = async () => twice().length > 0 || refused().length > 0 || unacked() || lab.alive().length === 0 || (await nothingLeft(lab));
  await lab.until(over, { idle: NOTHING_COMES_MS, within: 30_000, expected, seen, timeline, proof });
  await lab.settled();
  expect(wrong() === undefined && (await nothingLeft(lab)), () => ({ expected, seen: seen(), timeline: timeline(), proof: proof() }));
}

/**
 * Stores two facts about one order that differ in nothing but their ids. Nobody can tell their charges apart, so the
 * charges are counted. Throws `NotYet` unless there are two.
 */
export async function mustChargeBothAlike(lab: Lab): Promise<void> {
  const [pen] = lab.orders(1, () => ({ amountCents: 110 }));
  const { orderId } = pen!;
  await store(lab, [pen!, { ...pen!, id: `${orderId}-again` }]);
  const expected = `two charges of 110 cents for ${orderId}: two events say so`;
  const seen = () => `its card was charged ${sum(effects(lab, pen!))}`;
  const timeline = () => storyOf(lab, pen);
  await lab.until(() => nothingLeft(lab), { idle: NOTHING_COMES_MS, within: 30_000, expected, seen, timeline });
  await lab.settled();
  const times = effects(lab, pen!);
  lab.note("alike", times < 2 ? "one" : "both");
  expect(times === 2, () => ({ expected, seen: seen(), timeline: timeline() }));
}

/** Whether the server has handed out every order and heard the end of it. */
export async function nothingLeft(lab: Lab): Promise<boolean> {
  const payments = (await lab.streams()).find(({ name }) => name === "ORDERS")?.consumers.find(({ name }) => name === "payments");
  return payments !== undefined && payments.num_pending === 0 && payments.num_ack_pending === 0;
}

/** Ends a worker as a crash does. */
export async function kill(worker: Handle): Promise<void> {
  worker.signal("SIGKILL");
  await worker.exited();
}

/** What became of one event: on its way in, on its way out, and at the provider. */
export function storyOf(lab: Lab, event: OrderEvent | undefined): FlightEvent[] {
  if (!event) return [];
  return sceneOf(lab).filter((one) => TOLD.has(one.kind) && (one.subject === subjectOf(event) || one.order === event.orderId || ENDS.has(one.kind)));
}

const ENDS = new Set<FlightEvent["kind"]>(["signal", "exit"]);
const TOLD = new Set<FlightEvent["kind"]>(["publish", "puback", "fault", "deliver", "ack", "nak", "term", "call", "answer", ...ENDS]);

/** Of the way of an event that is charged too often: each charge, and why it came to a second one. */
function tells({ kind, deliveries = 1 }: FlightEvent): boolean {
  return kind === "call" || kind === "fault" || (kind === "deliver" && deliveries > 1);
}

function seenOf(lab: Lab, event: OrderEvent | undefined): string {
  if (!event) return "all are charged, and the server waits for an ack";
  const times = effects(lab, event);
  if (times > 0) return times === 1 ? `${event.id} was charged, and then refused with 400` : `${event.id} was charged ${sum(times)}`;
  return charges(lab, event).some((call) => call.status === 400) ? `the charge for ${event.id} was refused with 400` : `${event.id} was not charged`;
}

function idOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { id?: unknown }).id;
  } catch {
    return undefined;
  }
}
