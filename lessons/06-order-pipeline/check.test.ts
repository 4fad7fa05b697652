import "./check.faults.ts";
import { check } from "#engine/check/register.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import { expect } from "#engine/lab/words.ts";
import { mustBeBounded, mustBeGrouped, mustBeOnce, mustCarry, mustFill, mustGoOn, mustNotHave, mustSay, mustSayWhatItTook, mustStayBounded, mustWait, strangers } from "./check.musts.ts";
import { allPlaced, allShip, allStill, click, open, place, steps } from "./check.pipeline.ts";
import { CONCURRENCY } from "./check.words.ts";

/** Several times as many as one copy may have in work. */
const ORDERS = 60;
/** Another number than the usual one: a program that has its own in mind is found out. */
const FEW = 3;

check("all-shipped", async (lab) => {
  const shop = await open(lab);
  const clicks = Array.from({ length: ORDERS }, () => click(lab, shop.apis[0]!));
  await allShip(lab, shop, await allPlaced(lab, clicks));
});

check("declined-never-ships", async (lab) => {
  const shop = await open(lab);
  const orders = lab.orders(30);
  const bad = orders.filter((_, index) => index % 6 === 3);
  lab.world.decline(bad.map(({ orderId }) => orderId));
  await place(lab, orders);
  await allShip(lab, shop, orders.filter((order) => !bad.includes(order)));
  await allStill(lab);
  for (const order of bad) {
    mustNotHave(lab, shop, { order, steps: ["paid", "reserve", "ship", "shipped"], because: "its card was declined" });
    await mustSay(lab, shop, { order, what: "declined" });
  }
});

check("order-of-steps", async (lab) => {
  const shop = await open(lab);
  const charges = lab.world.hold("before-answer", { service: "charge" });
  const reserves = lab.world.hold("before-answer", { service: "reserve" });
  const ships = lab.world.hold("before-answer", { service: "ship" });
  const orders = await place(lab, lab.orders(3));
  await mustWait(lab, shop, { orders, at: charges, step: "charge", steps: ["paid", "reserve", "ship", "shipped"] });
  await mustWait(lab, shop, { orders, at: reserves, step: "reserve", steps: ["ship", "shipped"] });
  await mustWait(lab, shop, { orders, at: ships, step: "ship", steps: ["shipped"] });
  await allShip(lab, shop, orders);
});

check("correlation", async (lab) => {
  const shop = await open(lab);
  const names = Array.from({ length: 12 }, () => `click-${Math.floor(lab.random() * 1e9)}`);
  const charges = lab.world.hold("before-answer", { service: "charge" });
  const clicks = [...names, undefined].map((name) => click(lab, shop.apis[0]!, name ? { "Correlation-Id": name } : {}));
  const orders = await allPlaced(lab, clicks);
  await allStill(lab, { holding: true });
  charges.release();
  await allShip(lab, shop, orders);
  lab.world.fail(402, { service: "charge", times: 1 });
  const declined = click(lab, shop.apis[0]!, { "Correlation-Id": "declined-click" });
  const [refused] = await allPlaced(lab, [declined]);
  await mustSay(lab, shop, { order: { orderId: refused!.orderId! }, what: "declined" });
  const all = [...clicks, declined];
  for (const [index, sent] of all.entries()) mustCarry(lab, shop, { orderId: sent.orderId!, told: sent.correlationId, asked: [...names, undefined, "declined-click"][index], clicks: all });
});

check("concurrent", async (lab) => {
  const shop = await open(lab);
  // Nobody is answered: a program that takes on more while it waits has as many in flight as it ever will.
  const orders = lab.orders(4 * CONCURRENCY);
  const hold = (some: OrderEvent[]) => lab.world.hold("before-answer", { service: "charge", orders: some.map(({ orderId }) => orderId) });
  const [slow, first, next] = [hold(orders.slice(0, 1)), hold(orders.slice(1, 2 * CONCURRENCY)), hold(orders.slice(2 * CONCURRENCY))];
  const held = () => [slow, first, next].flatMap(({ waiting }) => waiting);
  await place(lab, orders);
  await lab.until(() => held().length > 0, { holding: true, expected: "payments to charge the orders", seen: () => "it made no call" });
  await allStill(lab, { holding: true });
  const peak = held().length;
  lab.note("peak", peak);
  expect(peak >= CONCURRENCY / 2, {
    expected: `payments to have at least ${CONCURRENCY / 2} charges in flight while ${orders.length} orders wait, with CONCURRENCY=${CONCURRENCY}`,
    seen: `never more than ${peak}`,
    timeline: lab.record.where((event) => event.service === "charge" && event.t >= held()[0]!.t).slice(0, 6),
  });
  lab.note("says", `${orders.length} orders came while the provider answered nobody: ${peak} charges were open. At 100 ms for a charge that makes ${Math.ceil(orders.length / peak) * 100} ms for all.`);
  // One customer's bank takes its time: the first order still has no answer.
  first.release();
  await mustGoOn(lab, { slow, next, orders: 2 * CONCURRENCY, least: CONCURRENCY / 2 });
  lab.world.calm();
  await allShip(lab, shop, orders);
});

check("bounded", async (lab) => {
  await lab.end(...lab.alive().filter(({ role }) => role !== "orders-api"));
  const shop = await open(lab, { env: { CONCURRENCY: String(FEW) } });
  const [charges, parcels] = ["payments", "fulfilment"].map((program) => lab.world.hold("before-answer", { program }));
  const orders = await place(lab, lab.orders(30));
  lab.note("orders", orders.length);
  await mustFill(lab, { role: "payments", at: charges!, most: FEW });
  await mustFill(lab, { role: "fulfilment", at: parcels!, most: FEW });
  await allShip(lab, shop, orders);
  for (const role of ["payments", "fulfilment"] as const) mustBeBounded(lab, { role, most: FEW });
});

check("leaves", async (lab) => {
  const shop = await open(lab);
  const [leaving] = shop.payments;
  const charges = lab.world.hold("before-answer", { service: "charge", program: leaving!.name });
  const orders = await place(lab, lab.orders(FEW));
  await lab.until(() => charges.waiting.length > 0, { holding: true, expected: "payments to charge a card", seen: () => "it made no call" });
  await allStill(lab, { holding: true });
  leaving!.signal("SIGTERM");
  await allStill(lab, { holding: true });
  // A program that is gone by now waits for no answer.
  if (leaving!.running) charges.release();
  else charges.drop();
  await leaving!.ended({ idle: 1_000 });
  await allStill(lab);
  await mustSayWhatItTook(lab, shop, { leaving: leaving!, orders });
});

check("one-bad-order", async (lab) => {
  const shop = await open(lab);
  const orders = lab.orders(ORDERS);
  const [unpaid, unreserved, unsent] = [orders[10]!, orders[12]!, orders[14]!];
  const good = orders.filter((order) => ![unpaid, unreserved, unsent].includes(order));
  lab.world.fail(500, { service: "charge", order: unpaid.orderId });
  lab.world.fail(503, { service: "reserve", order: unreserved.orderId });
  lab.world.fail(503, { service: "ship", order: unsent.orderId });
  await place(lab, orders.slice(0, 20));
  await allShip(lab, shop, good.slice(0, 17));
  await strangers(lab);
  const [charges, parcels] = ["payments", "fulfilment"].map((program) => lab.world.hold("before-answer", { program }));
  const later = await place(lab, orders.slice(20));
  await mustStayBounded(lab, shop, { role: "payments", at: charges!, orders: later });
  await mustStayBounded(lab, shop, { role: "fulfilment", at: parcels!, orders: later });
  await allShip(lab, shop, good);
  await allStill(lab);
  mustNotHave(lab, shop, { order: unpaid, steps: ["paid", "declined", "reserve", "ship", "shipped"], because: "the provider answered 500, and nobody knows whether it is paid" });
  lab.note("failed", "reserve");
  mustNotHave(lab, shop, { order: unreserved, steps: ["ship", "shipped"], because: "the warehouse answered 503, and nothing is reserved for it" });
  lab.note("failed", "ship");
  mustNotHave(lab, shop, { order: unsent, steps: ["shipped"], because: "the carrier answered 503, and no parcel has left" });
});

check("two-of-each", async (lab) => {
  const shop = await open(lab, { copies: 2 });
  const clicks = Array.from({ length: ORDERS }, (_, index) => click(lab, shop.apis[index % 2]!));
  const orders = await allPlaced(lab, clicks);
  await allShip(lab, shop, orders);
  await allStill(lab);
  mustBeOnce(lab, ORDERS);
  mustBeGrouped(lab);
});

check("crash-loses-orders", async (lab) => {
  const shop = await open(lab, { copies: 2 });
  const victim = shop.payments.at(-1)!;
  const charges = lab.world.hold("before-answer", { service: "charge", program: victim.name });
  const orders = await place(lab, lab.orders(40));
  await lab.until(() => charges.waiting.length > 0, { expected: `${victim.name} to charge a card`, seen: () => "it did not" });
  await allStill(lab, { holding: true });
  victim.signal("SIGKILL");
  await victim.exited();
  charges.drop();
  await allStill(lab);
  const taken = steps(lab, shop);
  const charged = orders.filter(({ orderId }) => taken.has(`charge ${orderId}`));
  const lost = charged.filter(({ orderId }) => !taken.has(`paid ${orderId}`));
  lab.note("says", `${victim.name} was killed under load. ${lost.length} of ${orders.length} customers have paid, and the shop does not know: no event, no parcel. ${orders.length - charged.length} more orders were in its hands, not paid and forgotten. Core NATS keeps no copy. That is what part 4 is for.`);
});
