// What the small scripts share: which lesson, and how a failure is said.
import { parseArgs } from "node:util";
import { troubleOf } from "#engine/check/runner.ts";
import { Refusal } from "#engine/files/refusal.ts";
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

/** What opens the workshop takes a lesson and a port: `npm start -- 7 --port 4322`. Throws a `Refusal` that says so for anything else. */
export async function houseAsked(command: string): Promise<{ lesson: Lesson; port?: number }> {
  const usage = `npm ${command} -- 7 --port 4322`;
  const { values, positionals } = asked(usage);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) throw new Refusal(`A port is a number from 1 to 65535, and --port says "${values.port}".`, usage);
  const name = values.lesson ?? positionals[0];
  return { lesson: name === undefined ? await currentLesson() : await findLesson(name), ...(port === undefined ? {} : { port }) };
}

function asked(usage: string) {
  try {
    return parseArgs({ options: { port: { type: "string" }, lesson: { type: "string" } }, allowPositionals: true });
  } catch (error) {
    throw new Refusal(`${(error as Error).message.replace(/\. To specify.*$/, "")}. It takes a lesson and --port, and both may be left out.`, usage);
  }
}
