import { check } from "#engine/check/register.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { expect } from "#engine/lab/words.ts";
import { copies, mustKeep, ordersStream, prepare, setUp, STEPS, stepsOf, store, TRACK } from "./check.shop.ts";
import { allTold, calls, inOrder, outOfOrder, Ticks } from "./check.tracker.ts";
import "./check.mistakes.ts";

/** For checks in which calls are held for as long as the machine takes. */
const LONG = { ACK_WAIT_MS: "60000" };
const SHORT = { ACK_WAIT_MS: "5000" };
/** A call's time where the tracker's clock goes by itself, in milliseconds. */
const CALL_MS = 10;
/** So many ticks a copy that has joined may wait for its first event: others have asked before it. */
const PATIENCE = 24;
/** Each of four copies has to have done this share. */
const SHARE = 0.1;

check("setup-again", async (lab) => {
  await prepare(lab);
  const steps = stepsOf(lab, 5);
  await store(lab, steps);
  const before = (await ordersStream(lab))?.consumers ?? [];
  expect(before.length > 0, { expected: "at least one consumer on ORDERS after setup", seen: "there is none" });
  lab.note("second", true);
  await setUp(lab);
  await mustKeep(lab, steps.length, before);
});

check("order-per-key", async (lab) => {
  await prepare(lab, SHORT);
  lab.world.queue(1, { ...TRACK, perCaller: true });
  const held = lab.world.hold("before-effect", TRACK);
  const workers = await copies(lab, 3);
  const steps = stepsOf(lab, 24);
  await store(lab, steps);
  // Not for long: the ack waits of what is held are running.
  await lab.settled({ holding: true, within: 1_500 });
  lab.world.delay(() => CALL_MS * (0.5 + lab.random()), TRACK);
  if (outOfOrder(lab).length > 0) {
    // It is wrong already. How many orders it is wrong for is what the learner has guessed.
    held.release();
    await lab.settled();
  }
  inOrder(lab);
  const failing = steps[STEPS.length * 3 + 2]!;
  lab.note("failing", `${failing.orderId} ${failing.event}`);
  lab.world.fail(503, { ...TRACK, order: failing.orderId, after: 2, times: 1 });
  held.release();
  await allTold(lab, steps);
  const ended = workers.find(({ running }) => !running);
  expect(!ended, () => ({ expected: "every copy to go on after a call that failed", seen: `${ended!.name} has ended`, timeline: ended!.events().slice(-4) }));
});

check("no-hoarding", async (lab) => {
  const { shares } = await crowd(lab);
  const done = shares.reduce((sum, { count }) => sum + count, 0);
  const few = shares.filter(({ count }) => count === 0 || count < SHARE * done).map(({ name }) => name);
  lab.note("idle", few.length);
  expect(few.length === 0, { expected: `each of four copies to do at least ${SHARE * 100} % of what is done`, seen: shares.map(({ name, count }) => `${name} ${count}`).join(", ") });
});

check("speed-up", async (lab) => {
  const { alone, together } = await crowd(lab);
  const [one, four] = [mean(alone), mean(together)];
  lab.note("one", one);
  lab.note("four", four);
  expect(one > 0, { expected: "a copy to have a call in work while events wait", seen: "it has none" });
  lab.note("says", `On average ${one.toFixed(1)} calls in work with one copy, ${four.toFixed(1)} with four.`);
  expect(four >= 2 * one, { expected: `four copies to have at least ${(2 * one).toFixed(1)} calls in work, twice as many as one copy`, seen: `${four.toFixed(1)} on average; one look after the other: ${together.map(({ length }) => length).join(" ")}` });
});

check("add-a-worker", async (lab) => {
  const env = { PARTITIONS: "12" };
  await prepare(lab, { ...LONG, ...env });
  const steps = stepsOf(lab, 16);
  await store(lab, steps);
  const ticks = new Ticks(lab);
  await copies(lab, 2, env);
  await ticks.pass(6);
  const [joined] = await copies(lab, 1, env);
  const share = () => calls(lab).filter(({ program }) => program === joined!.name).length;
  await ticks.passUntil(() => share() >= 0.1 * steps.length, PATIENCE);
  lab.note("share", share());
  ticks.stop();
  await allTold(lab, steps);
  expect(share() >= 0.05 * steps.length, { expected: `the copy that joined to do at least 5 % of ${steps.length} events`, seen: `it did ${share()}`, timeline: joined!.events({ kind: "pull" }).slice(0, 4) });
});

check("lose-a-worker", async (lab) => {
  await prepare(lab, { ACK_WAIT_MS: "2000" });
  lab.world.queue(1, { ...TRACK, perCaller: true });
  const held = lab.world.hold("before-effect", { ...TRACK, after: 6, times: 1 });
  const workers = await copies(lab, 2);
  const steps = stepsOf(lab, 10);
  await store(lab, steps);
  await lab.until(() => held.waiting.length > 0, { expected: "the workers to tell the tracker one event after the other", seen: () => `they told ${calls(lab).length}`, holding: true });
  const lost = workers.find(({ name }) => name === held.waiting[0]?.program)!;
  lost.signal("SIGKILL");
  await lost.exited();
  held.drop();
  lab.note("killed", lost.name);
  await allTold(lab, steps, { mayRepeat: true });
});

check("uneven-parts", async (lab) => {
  await prepare(lab);
  await store(lab, stepsOf(lab, 40));
  const waiting = (await ordersStream(lab))?.consumers.map(({ num_pending }) => num_pending / STEPS.length) ?? [];
  const empty = waiting.filter((orders) => orders === 0).length;
  const why = waiting.length <= 16 && empty > waiting.length / 3
    ? `${empty} of ${waiting.length} parts are empty: is the part found from the order's id?`
    : "The part is found from the order's id, as if by dice; over thousands of orders it evens out.";
  lab.facts = {};
  lab.note("says", `40 orders in ${waiting.length} parts: ${waiting.join(", ")}. ${why}`);
});

/** One copy works alone for a while, then three more come. Who had a call in work at each tick, and what each of the four did together. */
interface Crowd {
  alone: string[][];
  together: string[][];
  shares: { name: string; count: number }[];
}

const crowds = new WeakMap<Lab, Promise<Crowd>>();

/** Two checks look at the same crowd. */
function crowd(lab: Lab): Promise<Crowd> {
  const known = crowds.get(lab) ?? gather(lab);
  crowds.set(lab, known);
  return known;
}

async function gather(lab: Lab): Promise<Crowd> {
  await prepare(lab, LONG);
  // All from one region: who finds the part from that has one part.
  await store(lab, stepsOf(lab, 30, "eu"));
  const ticks = new Ticks(lab);
  const [first] = await copies(lab, 1);
  const alone = await ticks.pass(3);
  const all = [first!, ...(await copies(lab, 3))];
  // The first copy still has what it had asked for alone.
  const came = new Set<string>();
  await ticks.passUntil((now) => {
    for (const name of now) came.add(name);
    return came.size === all.length;
  }, PATIENCE);
  const together = await ticks.pass(8);
  const shares = all.map(({ name }) => ({ name, count: together.flat().filter((program) => program === name).length }));
  return { alone, together, shares };
}

function mean(seen: string[][]): number {
  return seen.reduce((sum, { length }) => sum + length, 0) / seen.length;
}
