import "./check.faults.ts";
import { check } from "#engine/check/register.ts";
import { expect } from "#engine/lab/words.ts";
import { mustBeBounded, mustBeGrouped, mustBeOnce, mustCarry, mustFill, mustNotHave, mustSay, mustSayWhatItTook, mustWait, strangers } from "./check.musts.ts";
import { allPlaced, allShip, allStill, click, open, place, steps } from "./check.pipeline.ts";

/** Several times as many as one copy may have in work. */
const ORDERS = 60;
/** What lesson.ts sets for every copy, unless a check says otherwise. */
const CONCURRENCY = 8;
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
  for (const [index, sent] of [...clicks, declined].entries()) mustCarry(lab, shop, { orderId: sent.orderId!, told: sent.correlationId, asked: [...names, undefined, "declined-click"][index] });
});

check("concurrent", async (lab) => {
  const shop = await open(lab);
  // Nobody is answered: a program that takes on more while it waits has as many in flight as it ever will.
  const held = lab.world.hold("before-answer", { service: "charge" });
  const orders = await place(lab, lab.orders(4 * CONCURRENCY));
  await lab.until(() => held.waiting.length > 0, { holding: true, expected: "payments to charge the orders", seen: () => "it made no call" });
  await allStill(lab, { holding: true });
  const peak = held.waiting.length;
  lab.note("peak", peak);
  expect(peak >= CONCURRENCY / 2, {
    expected: `payments to have at least ${CONCURRENCY / 2} charges in flight while ${orders.length} orders wait, with CONCURRENCY=${CONCURRENCY}`,
    seen: `never more than ${peak}`,
    timeline: lab.record.where((event) => event.service === "charge" && event.t >= held.waiting[0]!.t).slice(0, 6),
  });
  lab.note("says", `${orders.length} orders came while the provider answered nobody: ${peak} charges were open.`);
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
  const failing = orders[50]!;
  lab.world.fail(500, { service: "charge", order: failing.orderId });
  await allShip(lab, shop, await place(lab, orders.slice(0, 20)));
  await strangers(lab);
  await place(lab, orders.slice(20));
  await allShip(lab, shop, orders.filter((order) => order !== failing));
  await allStill(lab);
  mustNotHave(lab, shop, { order: failing, steps: ["paid", "declined", "reserve", "ship", "shipped"], because: "the provider answered 500, and nobody knows whether it is paid" });
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
