import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Lab } from "#engine/lab/lab.ts";

/** What a check does: start programs, make something happen, expect. Throws `NotYet` when a condition does not hold. */
export type CheckBody = (lab: Lab) => Promise<void>;

/** Whether the evidence shows a mistake. Pure: the evidence is frozen. */
export type Predicate = (evidence: Evidence) => boolean;

/** What one `check.test.ts` has registered. */
export interface Registered {
  checks: Map<string, CheckBody>;
  diagnoses: Map<string, Predicate>;
}

const loaded = new Map<string, Promise<Registered>>();
let current: Registered = { checks: new Map(), diagnoses: new Map() };
let turn: Promise<unknown> = Promise.resolve();

// Vitest loads the same file for an editor's test view; outside of it not a byte of vitest is read.
const vitest = process.env.VITEST ? await import("./in-vitest.ts") : undefined;

/** Gives a check of `lesson.ts` its body. */
export function check(id: string, body: CheckBody): void {
  if (current.checks.has(id)) throw new Error(`Cannot register check "${id}" twice`);
  current.checks.set(id, body);
  vitest?.asTest(id, current);
}

/** Gives a diagnosis of `lesson.ts` its predicate. */
export function diagnose(id: string, predicate: Predicate): void {
  if (current.diagnoses.has(id)) throw new Error(`Cannot register diagnosis "${id}" twice`);
  current.diagnoses.set(id, predicate);
}

/** Loads a lesson's `check.test.ts` once and answers what it registered. Loads follow one another. */
export function loadChecks(lesson: Lesson): Promise<Registered> {
  const file = join(lesson.folder, "check.test.ts");
  const known = loaded.get(file);
  if (known) return known;
  const loading = turn.then(() => read(file));
  turn = loading.catch(() => {});
  loaded.set(file, loading);
  return loading;
}

async function read(file: string): Promise<Registered> {
  current = { checks: new Map(), diagnoses: new Map() };
  await import(pathToFileURL(file).href);
  return current;
}
