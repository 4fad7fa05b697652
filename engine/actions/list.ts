import { createColors } from "picocolors";
import { allLessons, shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import { currentLesson } from "#engine/progress/current.ts";
import { readProgress, type Progress } from "#engine/progress/progress.ts";
import type { Look } from "#engine/report/terminal.ts";

/** The lessons in their order, how far the learner is in each, and where they are. */
export async function listText(look: Look, here?: Lesson): Promise<string> {
  const [lessons, progress, current] = await Promise.all([allLessons(), readProgress(), here ?? currentLesson()]);
  const c = createColors(look.colour);
  const rows = lessons.map((lesson) => row(lesson, { progress, here: lesson.id === current.id, look }));
  const notice = progress.notice ? [`  ${c.yellow(progress.notice)}`, ""] : [];
  return ["", ...notice, ...rows, "", `  read   lessons/${current.id}/README.md`, `  check  npm run ${current.script}`].join("\n");
}

function row(lesson: Lesson, { progress, here, look }: { progress: Progress; here: boolean; look: Look }): string {
  const c = createColors(look.colour);
  const mine = progress.lessons[lesson.id];
  const mark = mine?.passedAt ? c.green("✓") : mine && mine.tries > 0 ? c.yellow("…") : c.dim("·");
  const state = mine?.passedAt ? "passed" : mine && mine.tries > 0 ? `${mine.tries} ${mine.tries === 1 ? "try" : "tries"}` : "";
  const title = `${shortName(lesson).padStart(8)}  ${lesson.title.padEnd(40)}`;
  return `  ${mark} ${here ? c.bold(title) : title} ${c.dim(`${lesson.minutes} min`.padStart(6))}  ${state.padEnd(8)}${here ? c.cyan(" ← here") : ""}`;
}
