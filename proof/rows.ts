import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { attemptsOf, type Attempt } from "#engine/lessons/attempts.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { layStarter } from "#engine/lessons/originals.ts";

/** One run the proof makes, and how it has to come out. */
export interface Row {
  lesson: Lesson;
  kind: "starter" | "solution" | "wrong" | "right";
  name: string;
  from: string;
  run?: string;
  needs: string[];
  /** The checks to run; all when absent. */
  only?: string[];
  /** The check and diagnosis it must fail with; it must pass when absent. */
  fails?: { check: string; diagnosis: string };
}

/** Everything that has to be true of a lesson's programs: the starter, the solution, each attempt. */
export function rowsOf(lesson: Lesson, scratch: string): Row[] {
  return [starterRow(lesson, scratch), { lesson, kind: "solution", name: "solution", from: lesson.solution, needs: [] }, ...attemptsOf(lesson).map((attempt) => attemptRow(lesson, attempt))];
}

function starterRow(lesson: Lesson, scratch: string): Row {
  const from = mkdtempSync(join(scratch, `${lesson.id}-`));
  layStarter(lesson.id, from, lesson.root);
  return { lesson, kind: "starter", name: "starter", from, needs: [], fails: lesson.starter, only: upTo(lesson, lesson.starter.check) };
}

function attemptRow(lesson: Lesson, attempt: Attempt): Row {
  const common = { lesson, name: attempt.name, from: attempt.folder, needs: attempt.needs ?? [], ...(attempt.run ? { run: attempt.run } : {}) };
  if (attempt.verdict === "passed") return { ...common, kind: "right", ...(attempt.checks ? { only: attempt.checks } : {}) };
  return { ...common, kind: "wrong", fails: attempt, only: [attempt.check] };
}

/** The checks up to and including one: the named check must be the first that fails. */
export function upTo(lesson: Lesson, id: string): string[] {
  const end = lesson.checks.findIndex((check) => check.id === id);
  return lesson.checks.slice(0, end + 1).map((check) => check.id);
}
