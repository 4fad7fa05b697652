import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { lastState, stateOf } from "#engine/lessons/marks.ts";
import type { Step } from "./parse.ts";

/** The programs of a lesson in one state: text by path, `lessons/06-order-pipeline/payments.ts`. */
export type Files = ReadonlyMap<string, string>;

/** A lesson's programs in a state of the talk, cut from its solution by the marks. Throws a `Refusal` when there is no such state. */
export function filesOf({ lesson, state }: { lesson: string; state: number }, root: string = repositoryRoot): Files {
  const folder = join(root, "solutions", lesson);
  if (!existsSync(folder)) throw new Refusal(`Cannot show lesson ${lesson} as its solution must be in ${folder}: it is not`, "npm run list");
  const programs = readdirSync(folder).filter((name) => name.endsWith(".ts")).sort();
  const texts = programs.map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);
  const last = Math.max(...texts.map(([, text]) => lastState(text)));
  if (state < 1 || state > last) throw new Refusal(`Cannot show state ${state} of lesson ${lesson} as its solution has the states 1 to ${last}.`, `grep -n "//@" solutions/${lesson}/*.ts`);
  return new Map(texts.map(([name, text]) => [`lessons/${lesson}/${name}`, stateOf(text, state)]));
}

/** The last state of a lesson: its solution. */
export function lastStateOf(lesson: string, root: string = repositoryRoot): number {
  const folder = join(root, "solutions", lesson);
  return Math.max(...readdirSync(folder).filter((name) => name.endsWith(".ts")).map((name) => lastState(readFileSync(join(folder, name), "utf8"))));
}

/** What the files are in a step: those of its own code, or of the last step before it that had any. */
export function codeAt(steps: readonly Step[], index: number): Step["code"] {
  return steps.slice(0, index + 1).findLast((step) => step.code)?.code;
}
