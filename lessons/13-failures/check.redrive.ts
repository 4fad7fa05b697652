import { check } from "#engine/check/register.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { expect } from "#engine/lab/words.ts";
import { count, emptyStreams, letters, messageOf, NOTHING_COMES_MS, put, storyOf } from "./check.witness.ts";

check("redrive", async (lab) => {
  await emptyStreams(lab);
  const orders = lab.orders(3);
  await whereNothingIsDead(lab);
  await whereWorkIsFull(lab, orders);
  await whereThereIsRoom(lab, orders);
  await whereOneIsRefusedAgain(lab, lab.orders(3));
});

async function whereNothingIsDead(lab: Lab): Promise<void> {
  lab.note("step", "empty");
  const redrive = await ended(lab, await lab.again("redrive"));
  redrive.mustExitWith(0, "there was no letter in DEAD, and never had been");
}

async function whereWorkIsFull(lab: Lab, orders: OrderEvent[]): Promise<void> {
  await die(lab, orders);
  const [other] = lab.orders(1) as [OrderEvent];
  await put(lab, messageOf(lab, other));
  const { streams } = await lab.jsm();
  await streams.update("WORK", { max_msgs: 1 });
  lab.note("step", "full");
  const redrive = await ended(lab, await lab.again("redrive"));
  const inDead = await count(lab, "DEAD");
  lab.note("stayed", inDead);
  expect(inDead === orders.length, { expected: `${orders.length} letters in DEAD: WORK was full and took none of them`, seen: `DEAD has ${inDead}`, timeline: redrive.events().slice(-6) });
  redrive.mustExitWith(1, `WORK was full, and ${orders.length} letters stayed in DEAD`);
  await streams.update("WORK", { max_msgs: -1 });
  await streams.purge("WORK");
}

async function whereThereIsRoom(lab: Lab, orders: OrderEvent[]): Promise<void> {
  lab.note("step", "room");
  const redrive = await ended(lab, await lab.again("redrive"));
  redrive.mustExitWith(0, "WORK had room for every letter");
  const back = await letters(lab, "WORK");
  for (const order of orders) {
    const expected = `${subjectOf(order)} in WORK again, with the payload it had`;
    const found = back.find(({ subject }) => subject === subjectOf(order));
    const same = found?.body.equals(Buffer.from(JSON.stringify(order))) === true;
    lab.note("swallowed", !found);
    expect(same, () => ({ expected, seen: found ? "its payload is another one" : "it is not there", timeline: storyOf(lab, subjectOf(order)) }));
  }
  const left = await count(lab, "DEAD");
  lab.note("kept", left);
  expect(left === 0, { expected: "DEAD empty once every letter is back in WORK", seen: `it has ${left}`, timeline: redrive.events().slice(-6) });
  await (await lab.jsm()).streams.purge("WORK");
}

/** One letter dies again at once. To be sure that it does so while the others are put back, the last of them is held up. */
async function whereOneIsRefusedAgain(lab: Lab, orders: OrderEvent[]): Promise<void> {
  lab.note("step", "again");
  const [refused, ...good] = orders as [OrderEvent, ...OrderEvent[]];
  lab.world.fail(400, { service: "charge", order: refused.orderId });
  await die(lab, orders);
  await lab.start("worker");
  const last = lab.tap?.hold("publish", { program: "redrive", subject: subjectOf(good.at(-1)!) });
  const redrive = await lab.again("redrive");
  const parked = async () => (await letters(lab)).some(({ subject, headers }) => subject === `dead.${subjectOf(refused)}` && headers["Dead-Reason"] === "refused");
  await lab.until(async () => !redrive.running || (await parked()), { idle: NOTHING_COMES_MS, holding: true, expected: `${refused.orderId} refused and parked again`, seen: () => "it is not in DEAD again", timeline: () => storyOf(lab, subjectOf(refused)) });
  await last?.undo();

  const putBack = () => redrive.events({ kind: "publish", subject: subjectOf(refused) }).length;
  await lab.until(() => !redrive.running || putBack() > 1, { idle: NOTHING_COMES_MS, expected: "redrive to end once it has put back what was in DEAD when it started", seen: () => "it is still running", timeline: () => redrive.events().slice(-6) });
  lab.note("again", putBack());
  expect(putBack() <= 1, () => ({ expected: `${refused.orderId} put back once: when it had died again, it was not among those that redrive found at its start`, seen: "it was put back again", timeline: storyOf(lab, subjectOf(refused)).slice(-8) }));
  redrive.mustExitWith(0, "every letter that was in DEAD is back in WORK");
  await lab.until(async () => (await count(lab, "WORK")) === 0 && good.every(({ orderId }) => lab.world.ledger.some((call) => call.orderId === orderId && call.effect)), {
    idle: NOTHING_COMES_MS,
    expected: "the orders that were put back to be charged",
    seen: () => "they are not",
    timeline: () => storyOf(lab, subjectOf(good[0]!)),
  });
  expect(await parked(), { expected: `${refused.orderId} in DEAD again`, seen: "it is in no stream at all", timeline: storyOf(lab, subjectOf(refused)) });
}

/** Orders that have been in WORK, under their ids, and are dead letters now. */
async function die(lab: Lab, orders: OrderEvent[]): Promise<void> {
  const { streams } = await lab.jsm();
  for (const order of orders) {
    const message = messageOf(lab, order);
    await put(lab, message);
    const headers = { ...message.headers, "Dead-Reason": "exhausted", "Dead-Attempts": "5", "Dead-Origin": "WORK/1" };
    await put(lab, { subject: `dead.${message.subject}`, body: message.body, headers });
  }
  await streams.purge("WORK");
}

async function ended(lab: Lab, redrive: Handle): Promise<Handle> {
  await redrive.exited({ idle: NOTHING_COMES_MS, within: 30_000 });
  return redrive;
}
