import type { Lab } from "#engine/lab/lab.ts";
import type { Handle } from "#engine/lab/handle.ts";
import { expect, NotYet } from "#engine/lab/words.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { NatsServer } from "#engine/server/start.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import { clean, clusterOf, ordersStream, payments } from "./check.cluster.ts";

/** The longest wait for a PubAck, and for a charge, after servers have died: three times what an election takes. */
const PUBACK_MS = 20_000;
const CHARGE_MS = 30_000;
/** What is not to be seen after so long is not there, in milliseconds: a monitoring port may be late. */
const LOOK_MS = 3_000;
/** What setup may take; two elections have room in it. */
const SETUP_MS = 30_000;
/** How long the new leader of the consumer may have orders waiting that nobody asks for. */
const ASK_MS = 15_000;

/** Three servers, the stream as setup.ts makes it. Throws `NotYet` where its settings do not outlive a server. */
export async function open(lab: Lab): Promise<void> {
  await clean(lab);
  await setUp(lab);
}

/** Runs setup.ts, and looks at the stream that it leaves; `kept` messages have to be in it still. */
export async function setUp(lab: Lab, kept = 0): Promise<void> {
  let setup = await lab.run("setup", { within: SETUP_MS });
  // On a busy machine an election may fall into it. Nobody asked setup to outlast one: it has another go with a leader.
  if (setup.program.exit?.code !== 0) {
    await lab.until(() => clusterOf(lab).metaLeader(), { evenIfQuiet: true, within: SETUP_MS, expected: "servers with a leader", seen: () => "they have none" });
    setup = await lab.again("setup");
    await setup.exited({ within: SETUP_MS });
  }
  if (kept > 0) await stillThere(lab, kept);
  setup.mustExitWith(0, "the stream is there");
  const stream = await ordersStream(lab);
  const { num_replicas: replicas = 0, storage = "none" } = stream?.config ?? {};
  lab.note("stream", stream ? { replicas, storage } : undefined);
  expect(stream !== undefined, { expected: "a stream ORDERS", seen: "setup has ended, and there is none" });
  expect(replicas === 3, { expected: "a stream ORDERS that three servers keep", seen: `it has ${replicas === 1 ? "one replica" : `${String(replicas)} replicas`}` });
  expect(storage === "file", { expected: 'a stream ORDERS with the storage "file"', seen: `its storage is "${String(storage)}"` });
}

async function stillThere(lab: Lab, kept: number): Promise<void> {
  let left = 0;
  const there = async () => (left = (await ordersStream(lab))?.state.messages ?? 0) === kept;
  const expected = `the ${kept} orders that were stored before one server died`;
  await lab.until(there, { evenIfQuiet: true, within: LOOK_MS, expected, seen: () => `${left} of them are left after setup has run once more` }).finally(() => lab.note("kept", left));
}

/** A worker that is ready and connected to the server that is wanted. Its other addresses lead to the others. */
export async function startWorker(lab: Lab, reaches: NatsServer): Promise<Handle> {
  const worker = await lab.start("worker", { reaches });
  worker.reachAll();
  return worker;
}

/** A producer of so many orders, in the same way. It is at work when one of them is stored. */
export async function startProducer(lab: Lab, reaches: NatsServer, count: number): Promise<Handle> {
  const before = (await ordersStream(lab))?.state.last_seq ?? 0;
  const producer = await lab.start("producer", { reaches, env: { COUNT: String(count) } });
  const works = async () => !producer.running || ((await ordersStream(lab))?.state.last_seq ?? 0) > before;
  await lab.until(works, { idle: 5_000, within: PUBACK_MS, expected: `${producer.name} to publish`, seen: () => "nothing was stored", timeline: () => producer.events().slice(0, 6) });
  producer.reachAll();
  return producer;
}

/** Waits until so many orders are stored and half of them charged. */
export async function flowing(lab: Lab, producer: Handle, count: number): Promise<void> {
  const state = async () => ({ stored: (await ordersStream(lab))?.state.messages ?? 0, charged: charged(lab).size });
  let last = await state();
  const flows = async () => {
    last = await state();
    return !producer.running || (last.stored >= count && last.charged >= count / 2);
  };
  await lab.until(flows, { within: CHARGE_MS, idle: 5_000, expected: `${count} orders on their way`, seen: () => `${last.stored} are stored, and ${last.charged} are charged`, timeline: () => producer.events().slice(-4) });
  if (!producer.running) throw endedEarly(lab, producer);
}

/** After servers have died: the next order is stored, and the next card charged, by programs that nobody started again. */
export async function goesOn(lab: Lab, { producer, worker, before }: { producer: Handle; worker: Handle; before: Before }): Promise<void> {
  const stored = async () => ((await ordersStream(lab))?.state.last_seq ?? 0) > before.stored;
  const expected = `the next PubAck within ${PUBACK_MS / 1000} s`;
  const lost = () => onlyOne(lab, producer, before.dials);
  const wentOn = async () => (await onlyOnce(lab), !producer.running || lost() || (await stored()));
  await lab.until(wentOn, { evenIfQuiet: true, within: PUBACK_MS, expected, seen: () => "none has come", timeline: () => wireOf(producer) });
  if (lost()) throw new NotYet({ expected: `${producer.name} to go on at one of its other addresses`, seen: `it dialled the one of the dead server ${ONE_MANY} times, and no other`, timeline: wireOf(producer) });
  if (!(await stored())) throw endedEarly(lab, producer);

  let waitingSince: number | undefined;
  const overdue = async () => {
    const consumer = await payments(lab);
    if (consumer?.leader === undefined || consumer.num_pending === 0) waitingSince = undefined;
    else waitingSince ??= performance.now();
    return waitingSince !== undefined && performance.now() - waitingSince > ASK_MS;
  };
  // What the worker had in hand when the server died is charged by now: from here on it needs new ones.
  const inHand = charged(lab).size;
  const again = async () => charged(lab).size > inHand || charged(lab).size >= ((await ordersStream(lab))?.state.messages ?? Infinity);
  // Looked at once and kept: a worker may have charged all there is, and a moment later there is one more.
  let goes = false;
  const ended = async () => (await onlyOnce(lab), (goes = await again()) || !worker.running || (await overdue()));
  await lab.until(ended, { evenIfQuiet: true, within: CHARGE_MS, expected: "the next charge", seen: () => "none has come", timeline: () => wireOf(worker) });
  if (goes) return;
  lab.note("deaf", worker.name);
  throw new NotYet({ expected: `${worker.name} to go on once the servers have a new leader`, seen: worker.running ? `orders have been waiting for ${ASK_MS / 1000} s, and it has not asked for any` : `${worker.name} has ended`, timeline: wireOf(worker) });
}

/** What has been stored so far, and how often the producer has dialled each address. */
export interface Before {
  stored: number;
  dials: number[];
}

export async function before(lab: Lab, producer: Handle): Promise<Before> {
  return { stored: (await ordersStream(lab))?.state.last_seq ?? 0, dials: dials(producer) };
}

/** So many dials of one address, and none of another: it knows no other. The client dials them in turn. */
const ONE_MANY = 6;

function onlyOne(lab: Lab, program: Handle, earlier: number[]): boolean {
  const since = dials(program).map((count, index) => count - earlier[index]!);
  const only = since.length > 1 && since.filter((count) => count > 0).length === 1 && Math.max(...since) >= ONE_MANY;
  if (only) lab.note("oneAddress", { program: program.name, url: program.doors[since.findIndex((count) => count > 0)]!.door.url, all: program.doors.map(({ door }) => door.url).join(",") });
  return only;
}

/** In the end: exit code 0, `count` orders stored once each, and each charged once. */
export async function balance(lab: Lab, { producer, worker, count }: { producer: Handle; worker: Handle; count: number }): Promise<void> {
  await lab.until(async () => !producer.running || (await twice(lab)) !== undefined, { evenIfQuiet: true, within: 60_000, expected: `${producer.name} to end when all of its orders are stored`, seen: () => "it is still running", timeline: () => wireOf(producer) });
  await onlyOnce(lab);
  const { different } = await inStream(lab);
  lab.note("balance", { count, different, code: producer.program.exit?.code });
  expect(different >= count, () => ({ expected: `${count} orders, each stored once`, seen: `${producer.name} has ended, and ${count - different} of ${count} are not stored`, timeline: wireOf(producer) }));
  producer.mustExitWith(0, "every order is stored");

  const expected = `${different} orders, each charged once`;
  const left = () => different - charged(lab).size;
  const acked = async () => (await payments(lab))?.num_ack_pending === 0;
  const over = async () => !worker.running || (await twice(lab)) !== undefined || (left() <= 0 && (await acked()));
  await lab.until(over, { evenIfQuiet: true, within: CHARGE_MS, expected, seen: () => (left() > 0 ? `${left()} are not charged` : "all are, and the server still waits for acks"), timeline: () => wireOf(worker) });
  await onlyOnce(lab);
  expect(left() <= 0, () => ({ expected, seen: `${worker.name} has ended, and ${left()} are not charged`, timeline: wireOf(worker) }));
}

/** Messages in the stream, and how many of them are of different orders. */
async function inStream(lab: Lab): Promise<{ messages: number; different: number }> {
  const { messages = 0, num_subjects: different = 0 } = (await ordersStream(lab))?.state ?? {};
  return { messages, different };
}

/** What is there twice that may be there once: an order in the stream, or a charge. */
async function twice(lab: Lab): Promise<"stored" | "charged" | undefined> {
  const { messages, different } = await inStream(lab);
  if (messages > different) return "stored";
  return [...charged(lab).values()].some((calls) => calls.length > 1) ? "charged" : undefined;
}

async function onlyOnce(lab: Lab): Promise<void> {
  // A count of messages and one of subjects may be a moment apart: what is so twice is so.
  const what = (await twice(lab)) && (await twice(lab));
  if (!what) return;
  const { messages, different } = await inStream(lab);
  lab.note("twice", { what, messages, different });
  const [calls] = [...charged(lab).values()].filter(({ length }) => length > 1);
  throw what === "stored"
    ? new NotYet({ expected: "every order to be stored once", seen: `${different} different orders are ${messages} messages in the stream`, timeline: publishedTwice(lab) })
    : new NotYet({ expected: "every order to be charged once", seen: `${calls?.[0]?.orderId} is charged ${calls?.length} times`, timeline: lab.record.where({ order: calls?.[0]?.orderId ?? "" }) });
}

/** Charges that happened since this check began, by order. */
function charged(lab: Lab): Map<string, LedgerLine[]> {
  const happened = lab.world.ledger.slice(lab.scene.call).filter((call) => call.service === "charge" && call.effect && call.orderId !== undefined);
  return grouped(happened, (call) => call.orderId!);
}

/** How often a program has dialled each of its addresses. */
export function dials(program: Handle): number[] {
  return program.doors.map(({ door }) => door.dials);
}

function endedEarly(lab: Lab, program: Handle): NotYet {
  lab.note("endedEarly", program.name);
  const code = program.program.exit?.code;
  return new NotYet({ expected: `${program.name} to go on until all of its orders are stored`, seen: `it ended with exit code ${code} before that`, timeline: wireOf(program) });
}

/** The last that was seen of a program. */
function wireOf(program: Handle): FlightEvent[] {
  return program.events().slice(-6);
}

/** Both times that an order was published which is stored twice. */
function publishedTwice(lab: Lab): FlightEvent[] {
  const published = lab.record.events.slice(lab.scene.event).filter((event) => event.kind === "publish" && event.subject?.startsWith("orders.placed."));
  return [...grouped(published, (event) => event.subject!).values()].find((events) => events.length > 1) ?? [];
}

function grouped<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}
