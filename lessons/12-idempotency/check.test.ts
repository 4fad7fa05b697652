import { jetstream } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { check } from "#engine/check/register.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { makeOrdersStream, removeStreams, store, writeData } from "#engine/lab/streams.ts";
import type { Hold } from "#engine/world/world.ts";
import { charges, effects, kill, mustChargeBothAlike, mustChargeOnce, mustStoreOnce, nothingLeft, NOTHING_COMES_MS, storyOf } from "./check.witness.ts";
import "./check.mistakes.ts";

const CHARGE = { service: "charge" } as const;
/** The contract lets a producer wait between two tries; one that is still for so long (ms) has nothing left to do. */
const STILL_MS = 4_000;
const SHORT_WINDOW_MS = 1_000;

check("ambiguous-publish", async (lab) => {
  await emptyStream(lab);
  const events = lab.orders(5);
  // Lost on the way back, and lost on the way there. To the producer they look alike.
  const back = lab.wire.lose("puback", { program: "producer", subject: subjectOf(events[1]!) });
  const there = lab.wire.hold("publish", { program: "producer", subject: subjectOf(events[3]!), times: 1 });
  const producer = await produce(lab, events, { PUBLISH_TIMEOUT_MS: "500" });
  await mustEndWell(lab, producer, "every event had its PubAck in the end");
  await back.undo();
  await mustStoreOnce(lab, events);
  // Now the one that was thought lost arrives after all.
  await there.undo();
  await lab.settled();
  await mustStoreOnce(lab, events);
  // Nobody remembers whether the program was run: it is run again.
  await mustEndWell(lab, await produce(lab, events), "every event is in ORDERS already");
  lab.note("again", true);
  await mustStoreOnce(lab, events);
});

check("two-updates", async (lab) => {
  await emptyStream(lab);
  const events = lab.orders(4, (index) => ({ amountCents: 1_000 + index }));
  // The customer has added something: another fact about the same order, with a price of its own.
  const { orderId, region } = events[1]!;
  events.splice(2, 0, { ...events[1]!, id: `${orderId}-added`, orderId, region, amountCents: 3_000 });
  await mustEndWell(lab, await produce(lab, events), `ORDERS had room for ${events.length} events`);
  await mustStoreOnce(lab, events);
  await lab.start("worker");
  await mustChargeOnce(lab, events);
  await mustChargeBothAlike(lab);
});

check("ack-lost", async (lab) => {
  await emptyStream(lab);
  const events = lab.orders(3);
  await store(lab, events);
  const ack = lab.wire.lose("ack", { subject: subjectOf(events[1]!) });
  await lab.start("worker");
  await lab.until(() => ack.hits > 0 || lab.alive().length === 0, {
    idle: NOTHING_COMES_MS,
    expected: `an ack for ${events[1]!.id} once its card is charged`,
    seen: () => (effects(lab, events[1]!) > 0 ? "its card is charged, and no ack was sent" : "no charge and no ack"),
    timeline: () => storyOf(lab, events[1]),
  });
  await mustChargeOnce(lab, events);
});

check("republished-later", async (lab) => {
  await emptyStream(lab, SHORT_WINDOW_MS);
  const events = lab.orders(3);
  await mustEndWell(lab, await produce(lab, events), `ORDERS had room for ${events.length} events`);
  await lab.start("worker");
  await storeAgain(lab, events);
  lab.note("copied", events.map(({ id }) => id));
  await mustChargeOnce(lab, events);
});

check("two-hands", async (lab) => {
  const { events, held: last } = await storedOneOfThemTwice(lab);
  const answer = lab.world.hold("before-answer", { ...CHARGE, order: last.orderId, times: 1 });
  const first = await lab.start("worker");
  await reached(lab, answer, last);
  await lab.settled({ holding: true });

  // Alive, and not at work: its ack wait runs out while the provider's answer waits for it.
  first.signal("SIGSTOP");
  const second = await lab.start("worker");
  const taken = () => charges(lab, last).some((call) => call.program === second.name && call.ended !== undefined);
  await lab.until(async () => taken() || (await nothingLeft(lab)), {
    idle: NOTHING_COMES_MS,
    within: 20_000,
    holding: true,
    expected: `a second worker to take over ${last.id} from the one that has stopped`,
    seen: () => `${second.name} has not finished it`,
    timeline: () => storyOf(lab, last),
  });
  first.signal("SIGCONT");
  answer.release();
  await mustChargeOnce(lab, events);
});

check("killed-between", async (lab) => {
  const { events, held: last } = await storedOneOfThemTwice(lab);
  const before = events.at(-2)!;
  const call = lab.world.hold("before-effect", { ...CHARGE, order: before.orderId, times: 1 });
  const answer = lab.world.hold("before-answer", { ...CHARGE, order: last.orderId, times: 1 });
  const worker = await lab.start("worker");
  await reached(lab, call, before);
  await lab.settled({ holding: true });
  await kill(worker);
  call.drop();
  answer.drop();

  // A worker with several charges at once has met both ends of the gap already.
  const next = await lab.restart(worker);
  if (answer.hits === 0) {
    await reached(lab, answer, last);
    await lab.settled({ holding: true });
    await kill(next);
    answer.drop();
    await lab.restart(next);
  }
  await mustChargeOnce(lab, events);

  // The provider is out of order for a moment, and the worker lives on: the order comes back to the same process.
  const [refused] = lab.orders(1);
  lab.world.fail(503, { ...CHARGE, order: refused!.orderId, times: 1 });
  await store(lab, [refused!]);
  await mustChargeOnce(lab, [...events, refused!]);
});

/**
 * A new stream ORDERS; its duplicate window in milliseconds, two minutes unless it says otherwise.
 * Its numbers go on from those of the streams before: the provider remembers keys that were made of them.
 */
async function emptyStream(lab: Lab, windowMs = 120_000): Promise<void> {
  await removeStreams(lab);
  await makeOrdersStream(lab, { duplicate_window: nanos(windowMs), first_seq: 1 + 100 * lab.world.ledger.length });
}

/**
 * Three orders; the first of them is in the stream twice, so that a worker which remembers nothing
 * is told from one whose memory ends with its process.
 */
async function storedOneOfThemTwice(lab: Lab): Promise<{ events: OrderEvent[]; held: OrderEvent }> {
  await emptyStream(lab);
  const events = lab.orders(3);
  await store(lab, [events[0]!, ...events]);
  lab.note("copied", [events[0]!.id]);
  return { events, held: events[2]! };
}

async function produce(lab: Lab, events: OrderEvent[], env: Record<string, string> = {}): Promise<Handle> {
  lab.note("events", events);
  const file = await writeData(lab, "orders.json", events);
  return lab.again("producer", { env: { PUBLISH_TIMEOUT_MS: "20000", ...env, ORDERS_FILE: file } });
}

async function mustEndWell(lab: Lab, producer: Handle, why: string): Promise<void> {
  lab.note("producing", true);
  await producer.exited({ idle: STILL_MS, within: 30_000 });
  producer.mustExitWith(0, why);
}

/** Sends everything once more, with the ids it had, until the server no longer knows them. */
async function storeAgain(lab: Lab, events: OrderEvent[]): Promise<void> {
  const js = jetstream(await lab.connect("shop"));
  for (const event of events) {
    const again = () => js.publish(subjectOf(event), JSON.stringify(event), { msgID: event.id });
    await lab.until(async () => !(await again()).duplicate, { evenIfQuiet: true, expected: `${event.id} to be stored again after the duplicate window`, seen: () => "the server still knows its id" });
  }
}

async function reached(lab: Lab, hold: Hold, event: OrderEvent): Promise<void> {
  await lab.until(() => hold.hits > 0, {
    idle: NOTHING_COMES_MS,
    holding: true,
    expected: `a charge for ${event.id}`,
    seen: () => "there is none",
    timeline: () => storyOf(lab, event),
  });
}
