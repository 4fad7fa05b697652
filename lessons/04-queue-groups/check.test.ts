import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect } from "#engine/lab/words.ts";

// Part of the fair share that no worker stays under by chance: with 120 orders over three workers,
// the smallest share in 300 runs was 22.
const SMALLEST_SHARE = 12;

check("one-worker-does-all", async (lab) => {
  await lab.have("worker", 1);
  const orders = lab.orders(12);
  await place(lab, orders);
  await allPackedOnce(lab, orders);
});

check("three-share", async (lab) => {
  const [first, second] = await lab.have("worker", 2);
  const others = await anotherTeam(lab);
  const orders = lab.orders(120);
  await place(lab, orders);
  await allPackedOnce(lab, orders, others);
  const shares = { [first!.name]: first!, [second!.name]: second! };
  for (const [name, worker] of Object.entries(shares)) {
    const share = ticketsBy(worker, orders);
    expect(share >= SMALLEST_SHARE, { expected: `each of three workers to pack some of ${orders.length} orders`, seen: `${name} packed ${share}` });
  }
  expect(others.length >= SMALLEST_SHARE, { expected: `another team's worker in the group to get some of ${orders.length} orders`, seen: `it got ${others.length}` });
  lab.note("says", `${orders.length} orders: ${Object.entries(shares).map(([name, worker]) => `${ticketsBy(worker, orders)} for ${name}`).join(", ")}, ${others.length} for the third.`);
});

check("scale-in", async (lab) => {
  const [leaving] = await lab.have("worker", 2);
  lab.note("leaving", leaving!.name);
  const calls = lab.world.hold("before-effect", { service: "reserve", program: leaving!.name });
  const rush = lab.orders(16);
  await place(lab, rush);
  await lab.until(() => calls.waiting.length > 0, { expected: `${leaving!.name} to pack some of ${rush.length} orders`, seen: () => "it packed none" });

  // More orders are on their way to the worker when it is told to stop.
  const wire = lab.tap?.hold("all", { program: leaving!.name });
  const more = lab.orders(16);
  await place(lab, more);
  leaving!.signal("SIGTERM");
  await lab.settled({ holding: true });

  // They arrive while the warehouse keeps its callers waiting. A worker that is gone by now waits for nothing.
  await wire?.undo();
  await lab.settled({ holding: true });
  if (leaving!.running) calls.release();
  else calls.drop();
  await leaving!.exited({ idle: 1_000 });
  await allPackedOnce(lab, [...rush, ...more]);
  leaving!.mustExitWith(0, "it was asked to stop, and did");
});

check("crash-loses", async (lab) => {
  const [victim] = await lab.have("worker", 2);
  const hold = lab.world.hold("before-effect", { service: "reserve", program: victim!.name });
  const orders = lab.orders(24);
  await place(lab, orders);
  await hold.reached();
  victim!.signal("SIGKILL");
  await victim!.exited();
  hold.drop();
  await lab.settled();
  const lost = orders.filter((order) => tickets(lab, order.orderId) === 0).length;
  lab.note("says", `${victim!.name} was killed in the middle of its work: ${lost} of ${orders.length} orders were in its hands, and nobody packs them. Core NATS keeps no copy. Lesson 8 brings them back.`);
});

diagnose("every-worker-handles-all", (e) => ordersSubscriptions(e).some((sub) => !sub.queue));

diagnose("group-name-differs", (e) => ordersSubscriptions(e).some((sub) => sub.queue && sub.queue !== "workers"));

diagnose("deaf-to-orders", (e) => {
  const patterns = e.record.filter((event) => event.kind === "subscribe" && isWorker(event));
  return patterns.length > 0 && ordersSubscriptions(e).length === 0;
});

diagnose("no-signal-handler", (e) => leaving(e)?.exit?.signal === "SIGTERM");

diagnose("never-exits", (e) => leaving(e) !== undefined && leaving(e)?.exit === undefined);

diagnose("handler-not-awaited", (e) => aborted(e) >= 2);

diagnose("exits-in-handler", (e) => aborted(e) === 1 || notBegun(e) > 0);

diagnose("closes-without-drain", (e) => leaving(e)?.exit?.code === 0 && aborted(e) === 0 && notBegun(e) === 0);

/** Publishes orders as another program would, and waits until the server has them. */
async function place(lab: Lab, orders: OrderEvent[]): Promise<void> {
  const shop = await lab.connect("shop");
  for (const order of orders) shop.publish(subjectOf(order), JSON.stringify(order));
  await shop.flush();
}

/** A worker of ours in the group the contract names; the ids of the orders it got. */
async function anotherTeam(lab: Lab): Promise<string[]> {
  const got: string[] = [];
  const nc = await lab.connect("another team");
  nc.subscribe("orders.placed.*.*", { queue: "workers", callback: (_error, message) => void got.push(message.subject.split(".")[3] ?? "") });
  await nc.flush();
  return got;
}

/** Every order has one ticket when nothing moves any more: not none, not two. */
async function allPackedOnce(lab: Lab, orders: OrderEvent[], others: string[] = []): Promise<void> {
  const packed = (order: OrderEvent) => tickets(lab, order.orderId) + others.filter((id) => id === order.orderId).length;
  const expected = `one ticket for each of ${orders.length} orders`;
  await lab.until(() => orders.every((order) => packed(order) >= 1), {
    expected,
    seen: () => `${orders.filter((order) => packed(order) === 0).length} of them have none`,
    timeline: () => storyOf(lab, orders.find((order) => packed(order) === 0)),
  });
  await lab.settled();
  const twice = orders.filter((order) => packed(order) > 1);
  expect(twice.length === 0, () => ({
    expected,
    seen: `${twice.length} orders were packed more than once: ${orders.reduce((sum, order) => sum + packed(order), 0)} tickets in all`,
    timeline: storyOf(lab, twice[0]),
  }));
}

/** How the workers subscribed, what became of one order, and how the worker that was told to leave left. */
function storyOf(lab: Lab, order: OrderEvent | undefined): FlightEvent[] {
  if (!order) return [];
  const leaves = lab.facts.leaving;
  const subs = lab.record.where((event) => event.kind === "subscribe" && event.subject?.startsWith("orders.") === true);
  const story = lab.record.where((event) => {
    if (event.subject === subjectOf(order) || event.order === order.orderId) return event.kind !== "answer" || event.status === undefined;
    return leaves !== undefined && event.program === leaves && ["signal", "disconnect", "exit"].includes(event.kind);
  });
  return leaves === undefined ? [...subs.slice(-3), ...story] : story;
}

function tickets(lab: Lab, orderId: string): number {
  return lab.world.ledger.filter((line) => line.service === "reserve" && line.orderId === orderId && line.effect).length;
}

function ticketsBy(worker: Handle, orders: OrderEvent[]): number {
  return worker.calls().filter((call) => call.effect && isFor(orders, call.orderId)).length;
}

function isFor(orders: OrderEvent[], orderId: string | undefined): boolean {
  return orders.some((order) => order.orderId === orderId);
}

function isWorker(event: FlightEvent): boolean {
  return event.program?.startsWith("worker") === true && event.subject?.startsWith("_INBOX") !== true;
}

function ordersSubscriptions(e: Evidence): FlightEvent[] {
  return e.record.filter((event) => event.kind === "subscribe" && isWorker(event) && covers(event.subject ?? "", "orders.placed.eu.1001"));
}

function leaving(e: Evidence) {
  return e.programs.find((program) => program.name === e.facts.leaving);
}

function aborted(e: Evidence): number {
  return e.sceneLedger.filter((call) => call.program === e.facts.leaving && call.aborted).length;
}

/** Orders that reached the leaving worker and for which it never called the warehouse. */
function notBegun(e: Evidence): number {
  const begun = new Set(e.sceneLedger.map((call) => call.orderId));
  const arrived = e.scene.filter((event) => event.kind === "deliver" && event.program === e.facts.leaving);
  return arrived.filter((event) => !begun.has(event.subject?.split(".")[3])).length;
}
