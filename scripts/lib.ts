// What the small scripts share: which lesson, and how a failure is said.
import { troubleOf } from "#engine/check/runner.ts";
import { findLesson, type Lesson } from "#engine/lessons/catalogue.ts";
import { currentLesson } from "#engine/progress/current.ts";

/** Runs a script's body; an expected error is said with the next command and no stack, and the exit code is 2. */
export async function main(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    const { text, next, stack } = troubleOf(error);
    process.stderr.write(`\n  ${text.replaceAll("\n", "\n  ")}\n\n  Next: ${next}\n${stack ? `\n${stack}\n` : ""}`);
    process.exitCode = 2;
  }
}

/** The lesson named as the first word of the command line, else the one where the learner is. */
export async function lessonAsked(): Promise<Lesson> {
  const name = process.argv.slice(2).find((word) => !word.startsWith("-"));
  return name === undefined ? currentLesson() : findLesson(name);
}
