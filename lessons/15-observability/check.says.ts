import { setTimeout as pause } from "node:timers/promises";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { expect, patience } from "#engine/lab/words.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { get, scrape, statesOf } from "./check.metrics.ts";
import { watchTruth, type State } from "./check.truth.ts";

/** After so long nothing that was true before can still be in "the last second" of any watcher, a late one included. */
const SURE_MS = 3_000;
/** A state has to show within five seconds of its being true. */
const SHOWS_MS = 5_000;
/** Once it shows, it stays as long as it is true: more than one round of looking. */
const STAYS_MS = 1_300;
/** What was denied before has to stay longer: more than the two rounds that one odd look can spoil. */
const REGAINED_MS = 2_600;
/** Between two looks at a page of the watcher. */
const BETWEEN_MS = 50;
const LONGEST_MS = 30_000;

/** What a watcher has to say, and why it is so. */
export interface Wanted {
  state: State;
  why: string;
  /** True to go on as soon as it was said once. */
  quickly?: boolean;
  /** True where it was the same state before: what is said at first may still be about that. */
  again?: boolean;
}

/**
 * Waits until the watcher says the state that the pipeline is in, and goes on saying it. What it says is held against
 * what a witness heard from the server all the while: where the illness itself pauses, nobody is blamed.
 */
export async function says(lab: Lab, watch: Handle, wanted: Wanted): Promise<void> {
  await using truth = watchTruth(lab);
  const { state, quickly = false, again = false } = wanted;
  const begun = lab.record.now();
  let right: number | undefined;
  let wrong: number | undefined;
  let stays = STAYS_MS;
  lab.note("wanted", state);
  await lab.until(
    async () => {
      await pause(BETWEEN_MS);
      const said = await saidBy(lab, watch);
      const now = lab.record.now();
      if (said.join() === state) {
        right ??= now;
        wrong = undefined;
        return quickly || (now - right > stays && (!again || now - begun > SURE_MS));
      }
      if (again) stays = REGAINED_MS;
      const sure = now - begun > SURE_MS && truth.since(now - SURE_MS) === state;
      wrong = sure ? (wrong ?? now) : undefined;
      expect(!sure || right === undefined, () => unmet(lab, wanted));
      expect(now - (wrong ?? now) < (SHOWS_MS - SURE_MS) * patience(), () => unmet(lab, wanted));
      right = undefined;
      return false;
    },
    { evenIfQuiet: true, within: LONGEST_MS, ...unmet(lab, wanted), seen: () => unmet(lab, wanted).seen, timeline: () => lately(lab) },
  );
}

/**
 * Two mistakes can say the same wrong word. Where `saying` fails with `word`, this asks something more and notes under
 * `fact` whether that came out right. The failure stays the first one, and a right program pays nothing.
 */
export async function tellApart(lab: Lab, saying: Promise<void>, { word, fact, by }: { word: State; fact: string; by: () => Promise<void> }): Promise<void> {
  try {
    await saying;
  } catch (failure) {
    const said = lab.facts.said as string[] | undefined;
    if (said?.join() !== word) throw failure;
    const right = await by().then(() => true, () => false);
    lab.note("said", said);
    lab.note(fact, right);
    throw failure;
  }
}

/** Waits until gauges have these values. */
export async function shows(lab: Lab, watch: Handle, gauges: Record<string, number>): Promise<void> {
  const valuesNow = async () => Object.fromEntries(Object.keys(gauges).map((name) => [name, metrics?.samples.get(name)]));
  let metrics = await scrape(watch);
  let values = await valuesNow();
  await lab.until(
    async () => {
      await pause(BETWEEN_MS);
      metrics = await scrape(watch);
      values = await valuesNow();
      lab.note("values", values);
      return Object.entries(gauges).every(([name, value]) => values[name] === value);
    },
    { evenIfQuiet: true, within: SHOWS_MS, expected: `watch to show ${listOf(gauges)}`, seen: () => `it shows ${listOf(values)}` },
  );
}

/** Waits until `/healthz` answers with this status. */
export async function answers(lab: Lab, watch: Handle, { status, when, within = SHOWS_MS }: { status: number; when: string; within?: number }): Promise<void> {
  let now: number | undefined;
  lab.note("when", when);
  await lab.until(
    async () => {
      await pause(BETWEEN_MS);
      now = (await get(watch.port, "/healthz"))?.status;
      lab.note("healthz", now);
      return now === status || !watch.running;
    },
    { evenIfQuiet: true, within, expected: `${status} from /healthz of watch while the pipeline is ${when}`, seen: () => (now === undefined ? "nobody answers" : `it answers ${now}`) },
  );
  lab.note("ended", !watch.running);
  expect(now === status, { expected: `${status} from /healthz of watch while the pipeline is ${when}`, seen: `${watch.name} has ended` });
}

async function saidBy(lab: Lab, watch: Handle): Promise<string[]> {
  const metrics = await scrape(watch);
  const said = metrics ? statesOf(metrics) : [];
  lab.note("said", said);
  expect(watch.running, { expected: "watch to go on watching", seen: "it has ended" });
  return said;
}

function unmet(lab: Lab, { state, why }: Wanted) {
  return { expected: `pipeline_health of watch to be 1 for ${state} and 0 for the others: ${why}`, seen: `it is 1 for ${wordsOf(lab.facts.said as string[])}`, timeline: lately(lab) };
}

/** What the pipeline that is watched did last, as the wire shows it. */
function lately(lab: Lab): FlightEvent[] {
  const told = new Set<FlightEvent["kind"]>(["start", "exit", "signal", "deliver", "ack", "nak", "term", "call", "server", "publish"]);
  return sceneOf(lab).filter(({ kind, program }) => told.has(kind) && !program?.startsWith("watch")).slice(-6);
}

function wordsOf(said: string[] = []): string {
  return said.length === 0 ? "no state" : said.join(" and ");
}

function listOf(values: Record<string, number | undefined>): string {
  return Object.entries(values).map(([name, value]) => `${name} ${value ?? "missing"}`).join(", ");
}
