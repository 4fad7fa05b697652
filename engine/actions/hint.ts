import wrap from "wrap-ansi";
import { createColors } from "picocolors";
import { COMMON_HINTS } from "#engine/check/common.ts";
import { shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import { noteHint } from "#engine/progress/note.ts";
import { readHistory, type HistoryLine } from "#engine/progress/history.ts";
import { readProgress } from "#engine/progress/progress.ts";
import type { Look } from "#engine/report/terminal.ts";

/** The hints to show now, and what they are about. */
export interface Hints {
  /** The failing check's title, and the hints that are open so far, the newest last. After a pass: all of all checks. */
  about: { title: string; shown: readonly string[] }[];
  /** How many are left. */
  left: number;
  /** Where to read on, relative to the root: the lesson's README with the section's anchor. */
  readOn: string;
  /** False when the lesson has never been checked. */
  checked: boolean;
}

/** A row of hints that opens one by one. */
interface Ladder {
  /** Under which name progress counts: the check, and the mistake where it has hints of its own. */
  key: string;
  title: string;
  hints: readonly string[];
  at?: string;
}

/**
 * One more hint for the check that failed last and the mistake found in it, and notes that it was shown. After a pass
 * all hints of all checks are open, because there is nothing left to give away.
 */
export async function nextHint(lesson: Lesson): Promise<Hints> {
  const { id, root, checks } = lesson;
  const last = (await readHistory({ lesson: id, root })).findLast(({ outcome }) => outcome !== "broken");
  const mine = (await readProgress(root)).lessons[id];
  const readOn = `lessons/${id}/README.md`;
  if (mine?.passedAt) return { about: checks.map(({ title, hints }) => ({ title, shown: hints })), left: 0, readOn, checked: true };
  const { key, title, hints, at = "" } = ladderFor(lesson, last);
  const count = Math.min((mine?.hints[key] ?? 0) + 1, hints.length);
  await noteHint(id, { check: key, shown: count }, root);
  return { about: [{ title, shown: hints.slice(0, count) }], left: hints.length - count, readOn: `${readOn}${at}`, checked: last !== undefined };
}

/** The hints of the mistake that was found, where it has some; else those of the check. */
function ladderFor(lesson: Lesson, last: HistoryLine | undefined): Ladder {
  const check = lesson.checks.find(({ id }) => id === last?.check) ?? lesson.checks[0];
  if (!check) throw new Error(`lesson ${lesson.id} has no checks`);
  const place = { title: check.title, ...(check.at ? { at: check.at } : {}) };
  const mistake = lesson.diagnoses.find(({ id }) => id === last?.diagnosis);
  const common = COMMON_HINTS[last?.diagnosis ?? ""];
  if (!mistake && common) return { title: check.title, key: `${check.id}/${last!.diagnosis}`, hints: common };
  return mistake?.hints ? { ...place, key: `${check.id}/${mistake.id}`, hints: mistake.hints } : { ...place, key: check.id, hints: check.hints };
}

/** The hints as text. */
export function hintText(lesson: Lesson, hints: Hints, look: Look): string {
  const c = createColors(look.colour);
  const groups = hints.about.map(({ title, shown }) => {
    const steps = shown.map((hint, index) => {
      const text = wrap(hint, look.columns - 8).split("\n").join("\n     ");
      return `  ${c.cyan(`${index + 1}.`)} ${index === shown.length - 1 ? text : c.dim(text)}\n`;
    });
    return [`\n  ${c.bold(`Lesson ${shortName(lesson)}`)} · ${title}\n`, ...steps].join("\n");
  });
  return [...groups, `  ${c.dim(after(lesson, hints, look))}`].join("\n");
}

function after(lesson: Lesson, { left, checked, readOn }: Hints, { keys }: Look): string {
  if (!checked) return `This lesson has not been checked yet: ${keys ? "save the file, or c" : `npm run ${lesson.script}`}`;
  if (left > 0) return `${left} more: ${keys ? "h" : `npm run hint -- ${shortName(lesson)}`}`;
  return `That was the last one. See ${readOn}`;
}
