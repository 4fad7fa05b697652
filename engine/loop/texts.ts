import { relative } from "node:path";
import { createColors } from "picocolors";
import wrap from "wrap-ansi";
import type { House } from "#engine/house/house.ts";
import { shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import type { Look } from "#engine/report/terminal.ts";

/** What a lesson begins with: its task, where to read and what to change, and where the house is. */
export function welcomeText(lesson: Lesson, house: House, look: Look): string {
  const c = createColors(look.colour);
  const files = Object.keys(lesson.programs).map((name) => relative(process.cwd(), `${lesson.folder}/${name}.ts`));
  return [
    `\n  ${c.bold(`Lesson ${shortName(lesson)} · ${lesson.title}`)}   ${c.dim(`about ${lesson.minutes} minutes`)}`,
    `\n${wrapped(lesson.task, look)}\n`,
    `  ${c.dim("read  ")}  ${relative(process.cwd(), lesson.folder)}/README.md`,
    `  ${c.dim("change")}  ${files.join("\n          ")}`,
    `\n  ${c.dim("page  ")}  ${house.pageUrl}`,
    `  ${c.dim("server")}  ${house.natsUrl}`,
    `  ${c.dim("world ")}  ${house.worldUrl}`,
    ...house.exports.map((line) => `  ${c.yellow(line)}`),
    "\n  Save a file of this lesson and it is checked here. The key c checks it as it is.",
  ].join("\n");
}

/** The lesson's questions with their answers, for after the pass; empty where it has none. */
export function questionsText(lesson: Lesson, look: Look): string {
  const c = createColors(look.colour);
  return (lesson.questions ?? []).map(({ ask, answer }) => `\n${c.cyan(wrapped(ask, look))}\n${wrapped(answer, look)}`).join("\n");
}

/** Text within the screen's width, two columns in. */
export function wrapped(text: string, look: Look): string {
  return wrap(text, look.columns - 4).split("\n").map((line) => `  ${line}`).join("\n");
}
