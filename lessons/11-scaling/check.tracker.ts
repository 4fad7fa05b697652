import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";
import { STEPS, TRACK, type Step } from "./check.shop.ts";

/** When nothing has moved for so long (ms), nothing comes: an ack wait of these checks is over by then. */
const NOTHING_COMES_MS = 6_000;

/** The calls that the tracker had since the check began. */
export function calls(lab: Lab): LedgerLine[] {
  return lab.world.ledger.slice(lab.scene.call).filter(({ service }) => service === "track");
}

/** Stillness takes its time on a machine that has much else to do (ms); a program that never rests ends the wait. */
const STILL_MS = 5_000;

/** What a call was about: `k3f9-1 paid`. */
export function nameOf(call: LedgerLine): string {
  return `${call.orderId} ${(call.body as { event?: string }).event}`;
}

/** A tracker whose clock the check turns: what it has taken up ends at a tick, and a tick comes when all is still. */
export class Ticks {
  readonly #lab: Lab;
  #hold;

  constructor(lab: Lab) {
    this.#lab = lab;
    lab.world.queue(1, { ...TRACK, perCaller: true });
    this.#hold = lab.world.hold("before-effect", TRACK);
  }

  /** Lets `count` ticks go by. Answers who had a call in work at each of them. */
  async pass(count: number): Promise<string[][]> {
    const seen: string[][] = [];
    while (seen.length < count) seen.push(await this.#tick());
    return seen;
  }

  /** Lets ticks go by until `enough` says so of those who had a call in work, and `most` at most. */
  async passUntil(enough: (now: string[]) => boolean, most: number): Promise<void> {
    for (let tick = 0; tick < most && !enough(await this.#tick()); tick++);
  }

  async #tick(): Promise<string[]> {
    await still(this.#lab);
    const now = this.#hold.waiting.map(({ program }) => program);
    const next = this.#lab.world.hold("before-effect", TRACK);
    this.#hold.release();
    this.#hold = next;
    return now;
  }

  /** From now on nothing is held. */
  stop(): void {
    this.#hold.release();
  }
}

/** Waits until everything is still that the check holds. */
async function still(lab: Lab): Promise<void> {
  await lab.settled({ holding: true, within: STILL_MS });
}

/** Whether two calls of one order overlap, one comes too early, or one comes again without a reason. */
export function outOfOrder(lab: Lab, { mayRepeat = false } = {}): { orderId: string; kind: string; says: string }[] {
  const byOrder = new Map<string, LedgerLine[]>();
  for (const call of calls(lab)) byOrder.set(call.orderId ?? "", [...(byOrder.get(call.orderId ?? "") ?? []), call]);
  return [...byOrder].flatMap(([orderId, mine]) => {
    const found = oddity(mine, mayRepeat);
    return found ? [{ orderId, ...found }] : [];
  });
}

/** Throws `NotYet` where events of one order are out of order, and says of how many orders that is true. */
export function inOrder(lab: Lab, options: { mayRepeat?: boolean } = {}): void {
  const [first, ...others] = outOfOrder(lab, options);
  if (!first) return;
  lab.note("odd", first.kind);
  const more = others.length > 0 ? `. ${others.length + 1} orders are out of order like this` : "";
  expect(false, { expected: "the events of one order to reach the tracker one after the other, in order, each once", seen: `${first.orderId}: ${first.says}${more}`, timeline: storyOf(lab, first.orderId).slice(0, 16) });
}

function oddity(mine: LedgerLine[], mayRepeat: boolean): { kind: "overlap" | "order" | "again"; says: string } | undefined {
  let done = -1;
  for (const [index, call] of mine.entries()) {
    const { event = "" } = call.body as { event?: string };
    const step = STEPS.indexOf(event as (typeof STEPS)[number]);
    const before = mine[index - 1];
    if (step === -1) return { kind: "order", says: `a call says "${event}", which is no event of an order's` };
    if (before && (before.ended ?? Infinity) > call.t) return { kind: "overlap", says: `"${event}" was told while "${(before.body as { event?: string }).event}" was still under way` };
    if (step === done && !mayRepeat) return { kind: "again", says: `"${event}" was told again, though it had been told` };
    if (step !== done && step !== done + 1) return { kind: "order", says: `"${event}" came ${step > done ? `and "${STEPS[done + 1]}" had not been told` : `after "${STEPS[done]}"`}` };
    if (call.effect) done = step;
  }
  return undefined;
}

/** Waits until every event has been told, in order. Ends early where it was not. */
export async function allTold(lab: Lab, steps: Step[], { mayRepeat = false } = {}): Promise<void> {
  const left = () => {
    const told = new Set(calls(lab).filter(({ effect }) => effect).map(nameOf));
    return steps.filter(({ orderId, event }) => !told.has(`${orderId} ${event}`));
  };
  const over = () => {
    inOrder(lab, { mayRepeat });
    return left().length === 0;
  };
  lab.note("left", 0);
  await lab.until(over, {
    idle: NOTHING_COMES_MS, within: 60_000,
    expected: `each of ${steps.length} events to be told to the tracker`,
    seen: () => {
      lab.note("left", left().length);
      return `${left().length} were not, ${left()[0]?.orderId} ${left()[0]?.event} for one`;
    },
    timeline: () => storyOf(lab, left()[0]?.orderId).slice(-12),
  });
  await lab.settled();
  inOrder(lab, { mayRepeat });
}

/** What became of one order: who got which of its events, and what it told the tracker. */
export function storyOf(lab: Lab, orderId: string | undefined): FlightEvent[] {
  return sceneOf(lab).filter((event) => event.program !== "shop" && event.program !== undefined && orderId !== undefined && (event.order === orderId || event.subject?.split(".").at(-1) === orderId));
}
