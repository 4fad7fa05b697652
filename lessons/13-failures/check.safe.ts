import { check } from "#engine/check/register.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { expect } from "#engine/lab/words.ts";
import { count, emptyStreams, FILLER, letters, messageOf, NOTHING_COMES_MS, put, storyOf } from "./check.witness.ts";

check("dead-letter-first", async (lab) => {
  await emptyStreams(lab);
  const [slow, late] = lab.orders(2) as [OrderEvent, OrderEvent];
  for (const order of [slow, late]) lab.world.fail(400, { service: "charge", order: order.orderId });
  await lab.start("worker");
  if (lab.tap) await whileOnItsWay(lab, slow);

  // DEAD takes no more.
  await put(lab, { subject: FILLER, body: Buffer.from("full"), headers: {} });
  await (await lab.jsm()).streams.update("DEAD", { max_msgs: await count(lab, "DEAD") });
  lab.note("full", true);
  await tried(lab, late);
  await mustBeInWork(lab, late, "DEAD was full, and took no dead letter");
});

/** The letter is published, and its PubAck has not come: nobody knows whether it is stored. */
async function whileOnItsWay(lab: Lab, order: OrderEvent): Promise<void> {
  const puback = lab.wire.hold("puback", { subject: `dead.${subjectOf(order)}` });
  await tried(lab, order);
  await mustBeInWork(lab, order, "the PubAck of its dead letter had not come");
  await puback.undo();
  await lab.until(async () => (await count(lab, "WORK")) === 0, {
    idle: NOTHING_COMES_MS,
    expected: `${subjectOf(order)} out of WORK once its dead letter is stored`,
    seen: () => "it is still in WORK",
    timeline: () => storyOf(lab, subjectOf(order)),
  });
  const expected = `a dead letter for ${subjectOf(order)} in DEAD`;
  const found = await letters(lab);
  expect(found.some(({ subject }) => subject === `dead.${subjectOf(order)}`), () => ({ expected, seen: "there is none", timeline: storyOf(lab, subjectOf(order)) }));
}

/** Puts an order into WORK that the provider refuses, and waits until the worker has done what it can. */
async function tried(lab: Lab, order: OrderEvent): Promise<void> {
  await put(lab, messageOf(lab, order));
  await lab.until(() => lab.world.ledger.some((call) => call.orderId === order.orderId && call.status === 400), {
    idle: NOTHING_COMES_MS,
    expected: `a try of ${order.orderId}`,
    seen: () => "there is none",
  });
  await lab.settled({ holding: true });
}

async function mustBeInWork(lab: Lab, order: OrderEvent, why: string): Promise<void> {
  const there = (await letters(lab, "WORK")).some(({ subject }) => subject === subjectOf(order));
  lab.note("lost", !there);
  expect(there, () => ({ expected: `${subjectOf(order)} in WORK: ${why}`, seen: "it is not in WORK any more", timeline: storyOf(lab, subjectOf(order)) }));
}
