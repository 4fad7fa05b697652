import { check } from "#engine/check/register.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import { makeOrdersStream, removeStreams, store } from "#engine/lab/streams.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import { NotYet, ProgramFailure, expect } from "#engine/lab/words.ts";
import type { Hold } from "#engine/world/world.ts";
import { asAgreed, consumersOf, ordersConsumer } from "./check.consumer.ts";
import { acked, effects, inHand, notBegun, stillAtIt, storyOf } from "./check.witness.ts";
import "./check.mistakes.ts";

const CHARGE = { service: "charge" } as const;
/** More than the longest ack wait and a pull request that runs out: when nothing has moved for so long, nothing comes. */
const NOTHING_COMES_MS = 5_000;
const LONG_CHARGE_MS = 4_500;
/** Few enough for a worker that takes them all at once to charge them within the ack wait, on a slow machine too. */
const ORDERS = 6;
/** A worker may leave so many orders in a buffer it has not looked into. */
const LEFT_IN_BUFFER = 2;

check("acks-after-work", async (lab) => {
  const [order] = await stored(lab, 1);
  const charges = lab.world.hold("before-effect", CHARGE);
  const worker = await lab.start("worker");
  await asAgreed(lab, worker);
  await reached(lab, charges, { orders: [order!], expected: "a charge for an order that was stored before the worker started" });
  await lab.settled({ holding: true });
  const open = (await ordersConsumer(lab))?.num_ack_pending;
  expect(open === 1, () => ({ expected: `no ack for ${order!.orderId} while its card is being charged`, seen: "the server has its ack already", timeline: storyOf(lab, order) }));
  charges.release();
  await lab.until(async () => (await ordersConsumer(lab))?.num_ack_pending === 0, {
    idle: 1_000,
    expected: `an ack for ${order!.orderId} once its card is charged`,
    seen: () => "the charge was answered and the server has no ack",
    timeline: () => storyOf(lab, order),
  });
});

check("shares", async (lab) => {
  await stored(lab, 0);
  // Whoever takes many orders at once keeps the last of them long: on a slow machine longer than the lesson's two seconds.
  const workers = await startTwo(lab, { ACK_WAIT_MS: "15000" });
  const orders = await more(lab, 40);
  await chargedOnce(lab, orders);
  const idle = workers.find((worker) => !worker.calls().some((call) => call.effect));
  expect(!idle, () => ({ expected: `two workers to share ${orders.length} orders`, seen: `${idle!.name} charged none of them`, timeline: idle!.events().slice(-4) }));
});

check("keeps-its-place", async (lab) => {
  // Nothing here waits for an ack that does not come: so the ack waits may be long, and only their difference counts.
  const before = await stored(lab, 5);
  const worker = await lab.start("worker", { env: { ACK_WAIT_MS: "15000" } });
  await chargedOnce(lab, before);
  await kill(worker);
  const after = await more(lab, 5);
  await again(lab, worker, { ACK_WAIT_MS: "16000" });
  await chargedOnce(lab, [...before, ...after]);
  const names = (await consumersOf(lab)).map(({ name }) => name);
  lab.note("setting", "durable_name");
  lab.note("has", names.join(" and "));
  expect(names.length === 1 && names[0] === "payments", { expected: "one consumer on ORDERS, payments, for all lives of all workers", seen: `there ${names.length === 1 ? "is" : "are"} ${names.join(" and ")}` });
});

check("survives-kill", async (lab) => {
  const orders = await stored(lab, ORDERS);
  const third = lab.world.hold("before-answer", { ...CHARGE, after: 2, times: 1 });
  const worker = await lab.start("worker");
  await reached(lab, third, { orders });
  await lab.settled({ holding: true });
  const mayRepeat = inHand(lab, worker, orders);
  await kill(worker);
  third.drop();
  await again(lab, worker);
  await chargedOnce(lab, orders, mayRepeat);
});

check("one-charge-fails", async (lab) => {
  const orders = await stored(lab, ORDERS);
  lab.world.fail(503, { ...CHARGE, order: orders[3]!.orderId, times: 1 });
  lab.note("failed", orders[3]!.orderId);
  // A second longer than elsewhere: whoever has taken all of them must not be late with the last.
  const worker = await lab.start("worker", { wait: false, env: { ACK_WAIT_MS: "3000" } });
  await chargedOnce(lab, orders);
  expect(worker.running, { expected: "a worker that goes on after a charge that failed", seen: `${worker.name} has ended` });
});

check("leaves-cleanly", async (lab) => {
  const orders = await stored(lab, ORDERS);
  const third = lab.world.hold("before-answer", { ...CHARGE, after: 2, times: 1 });
  const worker = await lab.start("worker");
  await reached(lab, third, { orders });
  await lab.settled({ holding: true });
  lab.note("leaving", worker.name);
  worker.signal("SIGTERM");
  await lab.settled({ holding: true });

  // The answer comes while the worker is leaving. One that is gone by now waits for nothing.
  if (worker.running) third.release();
  else third.drop();
  await worker.ended({ idle: 1_000 });
  leftNothing(lab, worker, orders);
  worker.mustExitWith(0, "it was asked to stop, and did");
  await again(lab, worker);
  await chargedOnce(lab, orders);
});

check("long-work", async (lab) => {
  await stored(lab, 0);
  lab.world.delay(LONG_CHARGE_MS, { ...CHARGE, times: 1 });
  // The second one asks all the time: what is taken back from the first is given to it.
  await startTwo(lab);
  await chargedOnce(lab, await more(lab, 1));
});

/** A new stream ORDERS with so many orders in it. Answers the orders. */
async function stored(lab: Lab, count: number): Promise<OrderEvent[]> {
  await removeStreams(lab);
  await makeOrdersStream(lab);
  return more(lab, count);
}

async function more(lab: Lab, count: number): Promise<OrderEvent[]> {
  const orders = lab.orders(count);
  if (count > 0) await store(lab, orders);
  return orders;
}

/** Two workers whose pull requests wait at the same time; without a tap they have to start one after the other. */
async function startTwo(lab: Lab, env: Record<string, string> = {}): Promise<Handle[]> {
  const start = () => lab.start("worker", { env });
  if (lab.tap) return Promise.all([start(), start()]);
  return [await start(), await start()];
}

async function reached(lab: Lab, hold: Hold, { orders, expected = "the worker to charge one order after the other" }: { orders: OrderEvent[]; expected?: string }): Promise<void> {
  await lab.until(() => hold.waiting.length > 0, {
    idle: NOTHING_COMES_MS,
    expected,
    seen: () => `it charged ${orders.filter((order) => effects(lab, order) > 0).length} of ${orders.length}`,
    timeline: () => storyOf(lab, orders.find((order) => effects(lab, order) === 0)),
  });
}

async function kill(worker: Handle): Promise<void> {
  worker.signal("SIGKILL");
  await worker.exited();
}

/** The next life. A consumer that is there with other settings is no reason to give up. */
async function again(lab: Lab, worker: Handle, env: Record<string, string> = {}): Promise<Handle> {
  try {
    return await lab.restart(worker, { env });
  } catch (error) {
    const refused = lab.record.where({ program: worker.name, life: worker.life + 1, status: 10148 });
    if (!(error instanceof ProgramFailure) || refused.length === 0) throw error;
    lab.note("crashed", true);
    throw new NotYet({ ...error.unmet, expected: `${worker.name} to go on where it was, started again with ACK_WAIT_MS=${env.ACK_WAIT_MS}` });
  }
}

/** Every order is charged and acked, none is charged twice but those that may be, and the server has nothing left to give. */
async function chargedOnce(lab: Lab, orders: OrderEvent[], mayRepeat: OrderEvent[] = []): Promise<void> {
  const expected = mayRepeat.length === 0 ? oneFor(orders) : `${oneFor(orders)}, and a second only for what the killed worker had not acked: ${mayRepeat.map(({ orderId }) => orderId).join(", ")}`;
  const missing = () => orders.filter((order) => effects(lab, order) === 0);
  const unsaid = () => orders.filter((order) => lab.tap && !acked(lab, order));
  const repeated = () => orders.filter((order) => effects(lab, order) > (mayRepeat.includes(order) ? 2 : 1));
  const seen = () => (missing().length > 0 ? `${some(missing())} not charged` : `all are charged, and ${some(unsaid())} never acked`);
  const timeline = () => storyOf(lab, missing()[0] ?? unsaid()[0]);
  const over = async () => repeated().length > 0 || lab.alive().length === 0 || stillAtIt({ scene: sceneOf(lab) }, lab.world.ledger, lab.facts.failed) || (await nothingLeft(lab));
  await lab.until(over, { idle: NOTHING_COMES_MS, within: 20_000, expected, seen, timeline });
  await lab.settled();
  expect(repeated().length === 0, () => ({ expected, seen: `${some(repeated())} charged ${times(effects(lab, repeated()[0]!))}`, timeline: storyOf(lab, repeated()[0]) }));
  expect(missing().length + unsaid().length === 0, () => ({ expected, seen: seen(), timeline: timeline() }));
}

/** Whether the server has handed out every order and heard the end of it: whatever is missing now will not come. */
async function nothingLeft(lab: Lab): Promise<boolean> {
  const consumer = await ordersConsumer(lab);
  return consumer !== undefined && consumer.num_pending === 0 && consumer.num_ack_pending === 0;
}

/** What a worker that has left owes nobody: an ack for each charge it made, and no more than a few orders it never began. */
function leftNothing(lab: Lab, worker: Handle, orders: OrderEvent[]): void {
  if (!lab.tap) return;
  const unsaid = orders.filter((order) => effects(lab, order) > 0 && !acked(lab, order));
  expect(unsaid.length === 0, () => ({ expected: "an ack for every charge that a worker made before it left", seen: `${some(unsaid)} charged and never acked`, timeline: storyOf(lab, unsaid[0]) }));
  const left = notBegun(lab, worker, orders);
  expect(left.length <= LEFT_IN_BUFFER, () => ({ expected: "a leaving worker to finish what it was given", seen: `${some(left)} given to it, not begun and not given back`, timeline: storyOf(lab, left[0]) }));
}

function oneFor(orders: OrderEvent[]): string {
  return orders.length === 1 ? `one charge for ${orders[0]!.orderId}` : `one charge for each of ${orders.length} orders`;
}

function some(orders: OrderEvent[]): string {
  return orders.length === 1 ? `${orders[0]!.orderId} was` : `${orders.length} of them were`;
}

function times(count: number): string {
  return count === 2 ? "twice" : `${count} times`;
}
