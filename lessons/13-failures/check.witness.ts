import { jetstream } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { makeWorkStream, removeStreams } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { faultOf, tries, type Letter, type Wanted } from "./check.words.ts";

/** Several ack waits and the longest delay between two tries: when nothing has moved for so long, nothing comes. */
export const NOTHING_COMES_MS = 4_000;
/** A dead letter that is put into the queue it came from comes back at once, and again. */
const LOOPS = 3;

/** Headers that every message of these checks has beside its id: they have to survive. */
export function ownHeaders(lab: Lab, name: string): Record<string, string> {
  return { "Correlation-Id": `${name}-${Math.floor(lab.random() * 1e6)}`, "Shop-Note": "ring twice" };
}

/** New streams WORK and DEAD. */
export async function emptyStreams(lab: Lab): Promise<void> {
  await removeStreams(lab);
  await makeWorkStream(lab);
  const { streams } = await lab.jsm();
  await streams.add({ name: "DEAD", subjects: ["dead.>"], retention: "limits", storage: "file", discard: "new" });
}

/** Puts one message into a stream as another program would, with its headers, and with an id where it has one. */
export async function put(lab: Lab, message: { subject: string; body: Buffer; headers: Record<string, string>; id?: string }): Promise<void> {
  const own = headers();
  for (const [name, value] of Object.entries(message.headers)) own.set(name, value);
  const js = jetstream(await lab.connect("shop"));
  await js.publish(message.subject, message.body, { headers: own, ...(message.id ? { msgID: message.id } : {}) });
}

/** What an order's message is made of. */
export function messageOf(lab: Lab, order: OrderEvent) {
  return { subject: subjectOf(order), body: Buffer.from(JSON.stringify(order)), headers: ownHeaders(lab, order.orderId), id: order.id };
}

/** All messages of a stream, in order, read by number: no consumer moves. */
export async function letters(lab: Lab, stream = "DEAD"): Promise<Letter[]> {
  const { streams } = await lab.jsm();
  const { state } = await streams.info(stream);
  const found: Letter[] = [];
  for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq++) {
    const message = await streams.getMessage(stream, { seq }).catch(() => null);
    if (message) found.push({ sequence: seq, subject: message.subject, body: Buffer.from(message.data), headers: Object.fromEntries([...(message.header?.keys() ?? [])].map((name) => [name, message.header.get(name)])) });
  }
  return found;
}

/** How many messages a stream has now. */
export async function count(lab: Lab, stream: string): Promise<number> {
  return (await lab.streams()).find(({ name }) => name === stream)?.state.messages ?? 0;
}

/** How a check has to end: these cards are charged, these messages are parked, and WORK is empty. */
export interface End {
  charged: readonly OrderEvent[];
  parked?: readonly Wanted[];
  /** None of those that are to be parked may be tried more often; none at all where nothing is. */
  most: number;
}

/** Waits until WORK is empty or nothing moves any more, then throws `NotYet` unless all is as it has to be. */
export async function mustEnd(lab: Lab, { charged, parked = [], most }: End): Promise<void> {
  const calls = () => lab.world.ledger.slice(lab.scene.call);
  const bounded = parked.length > 0 ? parked : charged;
  const ids = bounded.map(({ orderId }) => orderId);
  const tooOften = () => ids.find((id) => tries(calls(), id).length > most);
  const expected = `${charged.length} card${charged.length === 1 ? "" : "s"} charged, ${parked.length === 0 ? "no dead letter" : `${parked.length} dead letter${parked.length === 1 ? "" : "s"}`}, and WORK empty`;
  const timeline = (subject: string | undefined) => storyOf(lab, subject);
  note(lab, charged, parked);
  const over = async () => tooOften() !== undefined || loops(lab) || lab.alive().every(({ role }) => role !== "worker") || (await count(lab, "WORK")) === 0;
  await lab.until(over, { idle: NOTHING_COMES_MS, within: 30_000, expected, seen: () => "WORK is not empty" }).catch(() => {});
  await lab.settled();

  await noteStreams(lab);
  const often = tooOften();
  expect(often === undefined, () => ({ expected: `at most ${most} ${most === 1 ? "try" : "tries"} for ${often}`, seen: `${tries(calls(), often).length} tries`, timeline: timeline(often) }));
  await mustHaveLetters(lab, parked);
  const left = await letters(lab, "WORK");
  expect(left.length === 0, () => ({ expected, seen: `${left[0]!.subject} is still in WORK`, timeline: timeline(left[0]!.subject) }));
  const missing = charged.find(({ orderId }) => !tries(calls(), orderId).some((call) => call.effect));
  expect(missing === undefined, () => ({ expected, seen: `${missing!.orderId} was not charged, and is not in WORK any more`, timeline: timeline(subjectOf(missing!)) }));
}

/** Throws `NotYet` unless DEAD has one letter for each of these, and no other. */
async function mustHaveLetters(lab: Lab, parked: readonly Wanted[]): Promise<void> {
  const found = (await letters(lab)).filter(({ subject }) => subject !== FILLER);
  for (const wanted of parked) {
    const expected = `a dead letter for ${wanted.subject} in DEAD, on dead.${wanted.subject}`;
    const letter = found.find(({ subject }) => subject === `dead.${wanted.subject}`);
    const timeline = () => storyOf(lab, wanted.subject);
    expect(letter !== undefined, () => ({ expected, seen: found.length === 0 ? "DEAD is empty" : `DEAD has ${found.map(({ subject }) => subject).join(" and ")}`, timeline: timeline() }));
    const fault = faultOf(letter, wanted);
    lab.note("fault", fault?.what);
    expect(fault === undefined, () => ({ expected: `${expected}, with payload and headers as they were, Dead-Reason ${wanted.reason} and Dead-Attempts ${wanted.attempts}`, seen: fault!.seen, timeline: timeline() }));
  }
  const extra = found.find(({ subject }, at) => found.findIndex((one) => one.subject === subject) !== at || !parked.some((wanted) => subject === `dead.${wanted.subject}`));
  lab.note("extra", extra?.subject);
  expect(extra === undefined, () => ({ expected: `${parked.length === 0 ? "no dead letter" : "one dead letter for each message given up"}`, seen: `DEAD has ${extra!.subject}`, timeline: storyOf(lab, extra!.subject.slice("dead.".length)) }));
}

/** What fills DEAD up where a check wants it full. */
export const FILLER = "dead.of.another.team";

/** Ends a worker as a crash does. */
export async function kill(worker: Handle): Promise<void> {
  worker.signal("SIGKILL");
  await worker.exited();
}

/** What became of one message: by its subject, or by its order's id. */
export function storyOf(lab: Lab, about: string | undefined): FlightEvent[] {
  if (!about) return [];
  const orderId = about.split(".").at(-1);
  return sceneOf(lab).filter((event) => TOLD.has(event.kind) && (event.subject?.endsWith(`.${orderId}`) === true || event.order === orderId || ENDS.has(event.kind)));
}

const ENDS = new Set<FlightEvent["kind"]>(["signal", "exit"]);
const TOLD = new Set<FlightEvent["kind"]>(["publish", "puback", "deliver", "ack", "nak", "term", "call", "answer", "fault", ...ENDS]);

function note(lab: Lab, charged: readonly OrderEvent[], parked: readonly Wanted[]): void {
  lab.note("charged", charged.map(({ orderId }) => orderId));
  lab.note("parked", parked.map(({ subject, orderId, reason }) => ({ subject, orderId, reason })));
}

/** What is in the two streams at the end, for the diagnoses. */
async function noteStreams(lab: Lab): Promise<void> {
  for (const [fact, stream] of [["letters", "DEAD"], ["left", "WORK"]] as const) lab.note(fact, (await letters(lab, stream)).map(({ subject }) => subject));
}

function loops(lab: Lab): boolean {
  return sceneOf(lab).filter(({ kind, subject, program }) => kind === "publish" && subject?.startsWith("orders.") === true && program?.startsWith("worker") === true).length >= LOOPS;
}

