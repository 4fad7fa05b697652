import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { readStream } from "#engine/lab/streams.ts";
import { covers } from "#engine/lab/subjects.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";
import { ordersStream, STEPS, TRACK, type Step } from "./check.shop.ts";

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
  return `${call.orderId} ${eventOf(call)}`;
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
export function outOfOrder(lab: Lab, { mayRepeat = false } = {}): (Oddity & { orderId: string })[] {
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
  expect(false, { expected: "the events of one order to reach the tracker one after the other, in order, each once", seen: `${first.orderId}: ${first.says}${more}`, timeline: storyOfEvents(lab, first) });
}

/** What is wrong with an order's calls, and which of its events show it. */
interface Oddity {
  kind: "overlap" | "order" | "again";
  says: string;
  about: string[];
}

function oddity(mine: LedgerLine[], mayRepeat: boolean): Oddity | undefined {
  let done = -1;
  for (const [index, call] of mine.entries()) {
    const event = eventOf(call);
    const step = STEPS.indexOf(event as (typeof STEPS)[number]);
    const before = mine[index - 1];
    const [last = "", next = ""] = [STEPS[done], STEPS[done + 1]];
    if (step === -1) return { kind: "order", says: `a call says "${event}", which is no event of an order's`, about: [event] };
    if (before && (before.ended ?? Infinity) > call.t) return { kind: "overlap", says: `"${event}" was told while "${eventOf(before)}" was still under way`, about: [eventOf(before), event] };
    if (step === done && !mayRepeat) return { kind: "again", says: `"${event}" was told again, though it had been told`, about: [event] };
    if (step > done + 1) return { kind: "order", says: `"${event}" came and "${next}" had not been told`, about: [next, event] };
    if (step < done) return { kind: "order", says: `"${event}" came after "${last}"`, about: [event, last] };
    if (call.effect) done = step;
  }
  return undefined;
}

function eventOf({ body }: LedgerLine): string {
  return (body as { event?: string }).event ?? "";
}

/** What shows that events of an order are out of order, and nothing else: who got these, told them, had an answer, acked. */
function storyOfEvents(lab: Lab, { orderId, about }: { orderId: string; about: string[] }): FlightEvent[] {
  const own = storyOf(lab, orderId);
  const gets = own.filter(({ kind, subject = "" }) => kind === "deliver" && about.some((event) => subject.split(".").includes(event)));
  const acks = own.filter(({ kind, sequence }) => kind === "ack" && gets.some((get) => get.sequence === sequence));
  const told = calls(lab).filter((call) => call.orderId === orderId && about.includes(eventOf(call)));
  const both = told.flatMap((call): FlightEvent[] => {
    const { program, service, ended, status } = call;
    const common = { program, service, order: orderId, note: eventOf(call) };
    return [{ ...common, t: call.t, kind: "call" }, ...(ended === undefined ? [] : [{ ...common, t: ended, kind: "answer" as const, ...(status === undefined ? {} : { status }) }])];
  });
  return [...gets, ...acks, ...both].toSorted((a, b) => a.t - b.t);
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
  const wait = (idle = {}) => lab.until(over, {
    ...idle, within: 60_000,
    expected: `each of ${steps.length} events to be told to the tracker`,
    seen: () => {
      lab.note("left", left().length);
      return `${left().length} were not, ${left()[0]?.orderId} ${left()[0]?.event} for one`;
    },
    timeline: () => storyOf(lab, left()[0]?.orderId).slice(-12),
  });
  lab.note("left", 0);
  await wait().catch(async (error: unknown) => {
    lab.note("unheard", await unheard(lab));
    // Where the server has nothing more to hand out, nothing comes: no ack wait has to be waited for.
    if (await allHandedOut(lab)) throw error;
    await wait({ idle: NOTHING_COMES_MS });
  });
  await lab.settled();
  inOrder(lab, { mayRepeat });
}

/** The subject of an event in the stream that no consumer's filter matches. */
async function unheard(lab: Lab): Promise<string | undefined> {
  const filters = ((await ordersStream(lab))?.consumers ?? []).flatMap(({ config: { filter_subject: one, filter_subjects: several } }) => (several as string[] | undefined) ?? [(one as string | undefined) ?? ">"]);
  return ((await readStream(lab)) ?? []).find(({ subject }) => !filters.some((filter) => covers(filter, subject)))?.subject;
}

async function allHandedOut(lab: Lab): Promise<boolean> {
  const consumers = (await ordersStream(lab))?.consumers ?? [];
  return consumers.every(({ num_pending, num_ack_pending }) => num_pending === 0 && num_ack_pending === 0);
}

/** What became of one order: who got which of its events, and what it told the tracker. */
export function storyOf(lab: Lab, orderId: string | undefined): FlightEvent[] {
  return sceneOf(lab).filter((event) => event.program !== "shop" && event.program !== undefined && orderId !== undefined && (event.order === orderId || event.subject?.split(".").at(-1) === orderId));
}
