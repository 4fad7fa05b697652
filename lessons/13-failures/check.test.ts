import { check } from "#engine/check/register.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { store } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import { tries, type Wanted } from "./check.words.ts";
import { count, emptyStreams, kill, messageOf, mustEnd, NOTHING_COMES_MS, ownHeaders, put, storyOf } from "./check.witness.ts";
import "./check.safe.ts";
import "./check.redrive.ts";
import "./check.mistakes.ts";

const CHARGE = { service: "charge" } as const;
const MOST = 5;
const OUTAGE_MS = 2_000;
/** What of a delay a program may fall short of: a call that is late makes the time to the next one look shorter. */
const TOLERANCE = 0.8;

check("transient-recovers", async (lab) => {
  await emptyStreams(lab);
  const orders = lab.orders(5);
  lab.world.fail(503, { ...CHARGE, order: orders[2]!.orderId, times: 2 });
  await store(lab, orders);
  await lab.start("worker");
  await mustEnd(lab, { charged: orders, most: MOST });
  await mustTryAgainWithoutAnswer(lab);
});

check("outage", async (lab) => {
  await emptyStreams(lab);
  // One order only: others would take up the time in which its tries are used up.
  const orders = lab.orders(1);
  const outage = lab.world.fail(503, CHARGE);
  await store(lab, orders);
  await lab.start("worker", { env: { RETRY_MS: "200" } });
  const calls = () => lab.world.ledger.slice(lab.scene.call);
  await lab.until(() => calls().length > 0, { idle: NOTHING_COMES_MS, expected: "a try", seen: () => "none" });
  const began = calls()[0]!.t;
  const spent = () => orders.find(({ orderId }) => tries(calls(), orderId).length >= MOST);
  await lab.until(() => spent() !== undefined || lab.record.now() - began > OUTAGE_MS, { evenIfQuiet: true, expected: "the outage to pass", seen: () => "it does not" });
  const early = spent();
  expect(early === undefined, () => ({
    expected: `tries left after an outage of ${OUTAGE_MS / 1000} s, with RETRY_MS 200 and MAX_DELIVER ${MOST}`,
    seen: `${early!.orderId} was tried ${MOST} times within ${Math.round(tries(calls(), early!.orderId)[MOST - 1]!.t - tries(calls(), early!.orderId)[0]!.t)} ms`,
    timeline: storyOf(lab, subjectOf(early!)),
  }));
  outage.undo();
  await mustEnd(lab, { charged: orders, most: MOST });
});

check("backs-off", async (lab) => {
  await emptyStreams(lab);
  // Tries enough that eight times the first delay is far from four times, also on a busy machine; one more than needed.
  const env = { RETRY_MS: "250", MAX_DELIVER: "6", ACK_WAIT_MS: "1000" };
  // Two copies: what one of them holds for longer than the ack wait, without a word, the other is given.
  await Promise.all([lab.start("worker", { env }), lab.start("worker", { env })]);
  const [order, ...first] = lab.orders(5) as [OrderEvent, ...OrderEvent[]];
  await firstCallsAreMade(lab, first);
  lab.world.fail(503, { ...CHARGE, order: order.orderId, times: 4 });
  await store(lab, [order]);
  await mustEnd(lab, { charged: [order, ...first], most: 6 });
  await mustWait(lab, order, 250);
  const asked = tries(lab.world.ledger.slice(lab.scene.call), order.orderId).map(({ t }) => t);
  lab.note("says", `From one try to the next, with RETRY_MS 250: ${asked.slice(1).map((t, index) => `${Math.round(t - asked[index]!)} ms`).join(", ")}.`);
});

check("permanent-parks", async (lab) => {
  await emptyStreams(lab);
  const orders = lab.orders(4);
  const refused = orders[1]!;
  lab.world.fail(400, { ...CHARGE, order: refused.orderId });
  const messages = orders.map((order) => messageOf(lab, order));
  const [nonsense] = lab.orders(1) as [OrderEvent];
  // Half of an order, and a byte that is no text at all.
  const broken = { subject: subjectOf(nonsense), body: Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe])]), headers: ownHeaders(lab, nonsense.orderId), id: nonsense.id };
  for (const message of [messages[0]!, messages[1]!, broken, ...messages.slice(2)]) await put(lab, message);
  // Whoever has the server wait, and says no nak, has RETRY_MS for the charge itself: enough of it on a busy machine.
  await lab.start("worker", { env: { RETRY_MS: "1500" } });
  const parked = [wanted(messages[1]!, { reason: "refused", attempts: 1, orderId: refused.orderId }), wanted(broken, { reason: "malformed", attempts: 1 })];
  await mustEnd(lab, { charged: orders.filter((order) => order !== refused), parked, most: 1 });
});

check("bounded", async (lab) => {
  await emptyStreams(lab);
  const orders = lab.orders(4);
  const hopeless = orders[1]!;
  lab.world.fail(503, { ...CHARGE, order: hopeless.orderId });
  const messages = orders.map((order) => messageOf(lab, order));
  for (const message of messages) await put(lab, message);
  await lab.start("worker", { env: { MAX_DELIVER: "3" } });
  const parked = [wanted(messages[1]!, { reason: "exhausted", attempts: 3, orderId: hopeless.orderId })];
  await mustEnd(lab, { charged: orders.filter((order) => order !== hopeless), parked, most: 3 });

  // With a second copy no worker sees all the tries of an order, and still somebody has to know which is the last.
  await lab.start("worker", { env: { MAX_DELIVER: "3" } });
  lab.note("copies", 2);
  const [shared] = lab.orders(1) as [OrderEvent];
  lab.world.fail(503, { ...CHARGE, order: shared.orderId });
  const message = messageOf(lab, shared);
  await put(lab, message);
  await mustEnd(lab, { charged: [], parked: [...parked, wanted(message, { reason: "exhausted", attempts: 3, orderId: shared.orderId })], most: 3 });
});

check("crash-loop", async (lab) => {
  await emptyStreams(lab);
  const orders = lab.orders(4);
  const [, , deadly, later] = orders as [OrderEvent, OrderEvent, OrderEvent, OrderEvent];
  const call = lab.world.hold("before-effect", { ...CHARGE, order: deadly.orderId });
  const messages = orders.map((order) => messageOf(lab, order));
  for (const message of messages.slice(0, 3)) await put(lab, message);
  const env = { MAX_DELIVER: "3", ACK_WAIT_MS: "1000", RETRY_MS: "500" };
  await lab.start("dead-letters", { env });
  let worker = await lab.start("worker", { env });
  for (let kills = 0; ; kills++) {
    const expected = kills < 3 ? `a try of ${deadly.orderId}` : `${deadly.orderId} in DEAD after it took its worker down 3 times`;
    const met = () => call.waiting.length > 0;
    await lab.until(async () => met() || (await count(lab, "DEAD")) > 0, { idle: NOTHING_COMES_MS, within: 20_000, holding: true, expected, seen: () => "neither a try nor a dead letter", timeline: () => storyOf(lab, subjectOf(deadly)) }).finally(() => lab.note("kills", kills));
    if (!met()) break;
    expect(kills < 3, () => ({ expected, seen: `it was tried ${kills + 1} times`, timeline: storyOf(lab, subjectOf(deadly)) }));
    // What it has in hand besides is finished: a kill counts against every order that a worker dies with.
    await lab.settled({ holding: true });
    await kill(worker);
    call.drop();
    worker = await lab.restart(worker, { wait: false });
  }
  // The worker goes on with what comes after.
  await put(lab, messageOf(lab, later));
  const parked = [wanted(messages[2]!, { reason: "crashed", attempts: 3, orderId: deadly.orderId })];
  await mustEnd(lab, { charged: orders.filter((order) => order !== deadly), parked, most: 3 });
});

function wanted({ subject, body, headers }: ReturnType<typeof messageOf>, end: Pick<Wanted, "reason" | "attempts"> & { orderId?: string }): Wanted {
  return { subject, body, headers, ...end };
}

/** The first call of a process takes longer than the next ones, so it is made for an order that nobody times. */
async function firstCallsAreMade(lab: Lab, orders: OrderEvent[]): Promise<void> {
  await store(lab, orders);
  const charged = () => orders.filter(({ orderId }) => tries(lab.world.ledger.slice(lab.scene.call), orderId).some(({ effect }) => effect)).length;
  await lab.until(() => charged() === orders.length, { idle: NOTHING_COMES_MS, expected: `${orders.length} orders charged, where the provider is well`, seen: () => `${charged()} are` });
}

/** Throws `NotYet` where two tries follow each other too soon, by the calls and by the deliveries. */
async function mustWait(lab: Lab, order: OrderEvent, retryMs: number): Promise<void> {
  const kept = await backoffOf(lab, order);
  const calls = tries(lab.world.ledger.slice(lab.scene.call), order.orderId).map(({ t }) => t);
  const deliveries = storyOf(lab, subjectOf(order)).filter(({ kind }) => kind === "deliver").map(({ t }) => t);
  for (let n = 1; n < calls.length; n++) {
    const least = retryMs * 2 ** (n - 1);
    // A worker may be slow to begin one try: then the deliveries are the better witness.
    const waited = Math.max(gap(calls, n), deliveries.length === calls.length ? gap(deliveries, n) : 0, kept[n - 1] ?? 0);
    expect(waited >= least * TOLERANCE, () => ({ expected: `${least} ms between try ${n} and try ${n + 1}, with RETRY_MS ${retryMs}`, seen: `${Math.round(waited)} ms`, timeline: storyOf(lab, subjectOf(order)) }));
  }
}

/** The provider's line is cut in the middle of a call: nobody knows what it would have said. */
async function mustTryAgainWithoutAnswer(lab: Lab): Promise<void> {
  const [order] = lab.orders(1) as [OrderEvent];
  const call = lab.world.hold("before-effect", { ...CHARGE, order: order.orderId });
  await store(lab, [order]);
  await lab.until(() => call.waiting.length > 0, { idle: NOTHING_COMES_MS, holding: true, expected: `a try of ${order.orderId}`, seen: () => "none", timeline: () => storyOf(lab, subjectOf(order)) });
  lab.note("cut", true);
  call.drop();
  call.undo();
  await mustEnd(lab, { charged: [order], most: MOST });
}

/** What the server waits between two tries of an order that nobody naks: the consumer's own list, in milliseconds. */
async function backoffOf(lab: Lab, order: OrderEvent): Promise<number[]> {
  const payments = (await lab.streams()).find(({ name }) => name === "WORK")?.consumers.find(({ name }) => name === "payments");
  const named = storyOf(lab, subjectOf(order)).some(({ kind }) => kind === "nak");
  return lab.tap && !named ? ((payments?.config.backoff as number[] | undefined) ?? []).map((ns) => ns / 1e6) : [];
}

function gap(times: number[], n: number): number {
  return times[n]! - times[n - 1]!;
}
