import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { structuredPatch } from "diff";
import { createColors } from "picocolors";
import { shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import { withoutMarks } from "#engine/lessons/marks.ts";
import { readProgress } from "#engine/progress/progress.ts";
import type { Look } from "#engine/report/terminal.ts";

/** Whether the solution may be shown without asking twice: the lesson has passed. */
export async function mayCompare(lesson: Lesson): Promise<boolean> {
  return (await readProgress(lesson.root)).lessons[lesson.id]?.passedAt !== undefined;
}

/** The learner's programs beside the solution, as changes from the one to the other. */
export function compareText(lesson: Lesson, look: Look): string {
  return Object.keys(lesson.programs).map((name) => programDiff(lesson, name, look)).join("\n");
}

/** What is said where the lesson has not passed. */
export function notYetText(lesson: Lesson, how: string): string {
  return `\n  Lesson ${shortName(lesson)} has not passed yet, and this shows the solution.\n\n  A hint instead: npm run hint -- ${shortName(lesson)}\n  Show it anyway: ${how}`;
}

function programDiff(lesson: Lesson, name: string, look: Look): string {
  const c = createColors(look.colour);
  const [mine = "", theirs = ""] = [join(lesson.folder, `${name}.ts`), join(lesson.solution, `${name}.ts`)].map((file) => (existsSync(file) ? readFileSync(file, "utf8") : ""));
  const { hunks } = structuredPatch("", "", mine, withoutMarks(theirs), "", "", { context: 3 });
  const title = `\n  ${c.bold(`${name}.ts`)}   ${c.red("- yours")}   ${c.green("+ the solution")}`;
  if (hunks.length === 0) return `${title}\n  ${c.dim("No difference.")}`;
  return [title, ...hunks.flatMap((hunk) => ["", c.dim(`  line ${hunk.oldStart}`), ...hunk.lines.map((line) => `  ${painted(line, c)}`)])].join("\n");
}

function painted(line: string, c: ReturnType<typeof createColors>): string {
  return line.startsWith("+") ? c.green(line) : line.startsWith("-") ? c.red(line) : line;
}
