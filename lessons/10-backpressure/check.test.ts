import { check } from "#engine/check/register.ts";
import { subjectOf } from "#engine/lab/orders.ts";
import { store } from "#engine/lab/streams.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";
import { inHand } from "./check.peaks.ts";
import { mustEnd, mustHold, mustWaitForRoom } from "./check.producer.ts";
import { byTicks, holdEach, still } from "./check.ticks.ts";
import { allCharged, begin, busy, charges, noneAgain, noneRefused, payments, produce, ROOM, waiting, work } from "./check.witness.ts";
import "./check.mistakes.ts";

const CHARGE = { service: "charge" } as const;
/** What a charge takes in the contract, in milliseconds. */
const QUICK_MS = 30;
const SLOW_MS = 150;
/** So much of the limit has to be in use while orders wait. */
const WELL_USED = 0.7;
/** So many times the limit may be out of the stream and not acked. */
const IN_HAND = 4;
/** Ack waits of checks in which nothing is to run out: charges are held for as long as the machine takes. */
const LONG = { ACK_WAIT_MS: 60_000 };

check("never-429", async (lab) => {
  const limit = 8;
  const orders = await waiting(lab, 40);
  const bound = lab.world.limit(limit, CHARGE);
  const held = lab.world.hold("before-effect", CHARGE);
  await begin(lab, "worker", { ...LONG, LIMIT: limit });
  await busy(lab);
  await lab.settled({ holding: true });
  try {
    noneRefused(lab, limit);
  } catch (tooMany) {
    // How many does it begin where nobody refuses one? A refusal is over at once, and would free a place.
    bound.undo();
    await store(lab, lab.orders(4));
    await lab.settled({ holding: true });
    lab.note("peak", lab.world.inFlight("charge"));
    throw tooMany;
  }
  noneAgain(lab);
  lab.note("says", `${orders.length} orders in the stream, LIMIT ${limit}: your worker had ${lab.world.inFlight("charge")} charges under way.`);
  lab.world.delay(() => QUICK_MS + lab.random() * (SLOW_MS - QUICK_MS), CHARGE);
  held.release();
  await allCharged(lab, orders, limit);
});

check("near-the-limit", async (lab) => {
  const limit = 6;
  const orders = await waiting(lab, 36);
  await begin(lab, "worker", { ...LONG, LIMIT: limit });
  const open = await byTicks(lab, orders);
  const mean = open.reduce((sum, calls) => sum + calls, 0) / open.length;
  lab.note("open", open);
  const calls = `${mean.toFixed(1)} on average; one look after the other: ${open.join(" ")}`;
  const timeline = sceneOf(lab).filter(({ kind, program }) => program === "worker" && (kind === "call" || kind === "answer")).slice(0, 12);
  expect(Math.max(...open) <= limit, { expected: `at most ${limit} charges at the same time, as LIMIT says`, seen: calls, timeline });
  expect(mean >= WELL_USED * limit, { expected: `at least ${(WELL_USED * limit).toFixed(1)} of ${limit} charges at the same time while orders wait`, seen: calls, timeline });
  await allCharged(lab, orders, limit);
});

check("no-accidental-redelivery", async (lab) => {
  const limit = 2;
  const orders = await waiting(lab, 60);
  lab.world.delay(SLOW_MS, CHARGE);
  await begin(lab, "worker", { LIMIT: limit, ACK_WAIT_MS: 3_000 });
  await allCharged(lab, orders, limit);
});

check("flat-memory", async (lab) => {
  const limit = 8;
  const orders = await waiting(lab, ROOM);
  const held = lab.world.hold("before-effect", CHARGE);
  await begin(lab, "worker", { ...LONG, LIMIT: limit });
  await busy(lab);
  await still(lab);
  mustBeFew((await payments(lab))?.num_ack_pending ?? 0);
  held.release();
  await allCharged(lab, orders, limit);
  mustBeFew(inHand(sceneOf(lab)));

  function mustBeFew(most: number): void {
    lab.note("inHand", most);
    expect(most <= IN_HAND * limit, () => ({
      expected: `at most ${IN_HAND * limit} orders out of the stream and not acked, four times LIMIT`,
      seen: `${most} were, while ${Math.min(limit, charges(lab).length)} were being charged`,
      timeline: sceneOf(lab).filter(({ kind, program }) => program === "worker" && (kind === "pull" || kind === "call")).slice(0, 6),
    }));
  }
});

check("leaves-cleanly", async (lab) => {
  const limit = 4;
  const orders = await waiting(lab, 12);
  const held = holdEach(lab, orders);
  const worker = await begin(lab, "worker", { ...LONG, LIMIT: limit });
  await busy(lab);
  await still(lab);
  worker.signal("SIGTERM");
  // One charge after the other ends, and the worker has time to close its connection too early in between.
  for (await still(lab); worker.running && lab.world.inFlight() > 0; await still(lab)) {
    held.find(({ waiting }) => waiting.length > 0)?.release();
  }
  for (const hold of held) hold.drop();
  await worker.ended({ idle: 1_000 });
  const charged = charges(lab).filter(({ effect }) => effect).length;
  const left = (await work(lab))?.state.messages ?? 0;
  lab.note("unsaid", charged + left - orders.length);
  expect(charged + left === orders.length, () => ({
    expected: `an ack for each of the ${charged} charges that the worker made before it left`,
    seen: `${charged + left - orders.length} had none: those cards will be charged again`,
    timeline: worker.events().filter(({ kind }) => kind === "signal" || kind === "disconnect" || kind === "exit" || kind === "ack").slice(-6),
  }));
  worker.mustExitWith(0, "it was asked to stop, and did");
});

check("producer-bounded", async (lab) => {
  const window = 16;
  await waiting(lab, 0);
  const acks = lab.wire.hold("puback", { program: "producer" });
  const orders = lab.orders(64);
  const producer = await produce(lab, orders, { WINDOW: window });
  await mustHold(lab, producer, { acks, window });
  const last = lab.wire.hold("puback", { subject: subjectOf(orders.at(-1)!) });
  await acks.undo();
  await mustHold(lab, producer, { acks: last, window });
  await last.undo();
  await producer.ended({ idle: 2_000 });
  await mustHold(lab, producer, { window });
  await mustEnd(lab, producer, orders);
});

check("producer-waits", async (lab) => {
  await waiting(lab, 0);
  const orders = lab.orders(ROOM + 30);
  const producer = await produce(lab, orders, { WINDOW: 16 });
  await mustWaitForRoom(lab, producer);
  await begin(lab, "worker", { ...LONG, LIMIT: 8 });
  lab.note("role", "producer");
  await producer.ended({ within: 60_000, idle: 2_000 });
  await mustEnd(lab, producer, orders);
  await allCharged(lab, orders, 8);
});
