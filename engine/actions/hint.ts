import wrap from "wrap-ansi";
import { createColors } from "picocolors";
import { shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import type { CheckDef } from "#engine/lessons/define.ts";
import { noteHint } from "#engine/progress/note.ts";
import { readHistory } from "#engine/progress/history.ts";
import { readProgress } from "#engine/progress/progress.ts";
import type { Look } from "#engine/report/terminal.ts";

/** The hints to show now, and what they are about. */
export interface Hints {
  check: CheckDef;
  /** Hints of this check so far, the newest last. */
  shown: string[];
  /** How many are left. */
  left: number;
  /** False when the lesson has never been checked. */
  checked: boolean;
}

/**
 * One more hint for the check that failed last, and notes that it was shown. After a pass all hints of all checks
 * are open, because there is nothing left to give away.
 */
export async function nextHint(lesson: Lesson): Promise<Hints> {
  const last = (await readHistory({ lesson: lesson.id, root: lesson.root })).findLast(({ outcome }) => outcome !== "broken");
  const check = lesson.checks.find(({ id }) => id === last?.check) ?? lesson.checks[0];
  if (!check) throw new Error(`lesson ${lesson.id} has no checks`);
  const mine = (await readProgress(lesson.root)).lessons[lesson.id];
  const count = mine?.passedAt ? check.hints.length : Math.min((mine?.hints[check.id] ?? 0) + 1, check.hints.length);
  await noteHint(lesson.id, { check: check.id, shown: count }, lesson.root);
  return { check, shown: check.hints.slice(0, count), left: check.hints.length - count, checked: last !== undefined };
}

/** The hints as text. */
export function hintText(lesson: Lesson, { check, shown, left, checked }: Hints, look: Look): string {
  const c = createColors(look.colour);
  const steps = shown.map((hint, index) => {
    const text = wrap(hint, look.columns - 8).split("\n").join("\n     ");
    return `  ${c.cyan(`${index + 1}.`)} ${index === shown.length - 1 ? text : c.dim(text)}\n`;
  });
  return [`\n  ${c.bold(`Lesson ${shortName(lesson)}`)} · ${check.title}\n`, ...steps, `  ${c.dim(after(lesson, { check, shown, left, checked }))}`].join("\n");
}

function after(lesson: Lesson, { check, left, checked }: Hints): string {
  if (!checked) return `This lesson has not been checked yet: npm run ${lesson.script}`;
  if (left > 0) return `${left} more: npm run hint -- ${shortName(lesson)}`;
  return `That was the last one. See lessons/${lesson.id}/README.md${check.at ?? ""}`;
}
