// What the small scripts share: which lesson, and how a failure is said.
import { parseArgs, type ParseArgsConfig } from "node:util";
import { troubleOf } from "#engine/check/trouble.ts";
import type { Trouble } from "#engine/check/verdict.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { findLesson, type Lesson } from "#engine/lessons/catalogue.ts";
import { currentLesson } from "#engine/progress/current.ts";

/**
 * Runs a script's body. An expected error is said with the next command and no stack, and the exit code is 2; so is a
 * flag that `usage` does not name. `--help` says the usage. Output that nobody reads on ends the script in order.
 */
export async function main(usage: string, body: () => Promise<void>): Promise<void> {
  endUnread();
  onlyKnown(usage);
  try {
    await body();
  } catch (error) {
    say(troubleOf(error));
  }
}

/** Answers `--help`, and refuses a flag that `usage` does not name: either ends the process, before anything is open. */
export function onlyKnown(usage: string): void {
  const words = process.argv.slice(2);
  const flags = (words.includes("--") ? words.slice(0, words.indexOf("--")) : words).filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split("=")[0]!);
  if (flags.includes("--help") || flags.includes("-h")) {
    process.stdout.write(`\n  Usage: ${usage}\n\n`);
    process.exit(0);
  }
  const known = new Set(usage.match(/(?<![\w-])--?[a-z][\w-]*/g));
  const unknown = flags.find((flag) => !known.has(flag));
  if (unknown === undefined) return;
  say({ text: `There is no flag ${unknown} here.`, next: usage });
  process.exit(2);
}

/** `parseArgs` for what is read before anything else: what it cannot read ends the process with the usage. */
export function readFlags<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  onlyKnown(usage);
  try {
    return parseArgs(config);
  } catch (error) {
    say({ text: `Cannot read the arguments: ${(error as Error).message}`, next: usage });
    process.exit(2);
  }
}

/** The number a flag says. Throws a `Refusal` where it is none, or outside of what it can be. */
export function numberFlag(usage: string, flag: string, text: string, { from, to, whole = false }: { from: number; to: number; whole?: boolean }): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
  throw new Refusal(`${flag} is a ${whole ? "whole " : ""}number from ${from} to ${to}, and it was "${text}".`, usage);
}

/** `npm run server | head` closes the pipe early: nobody reads on, so what is open closes as at Ctrl-C. */
function endUnread(): void {
  process.stdout.once("error", () => {
    process.stdout.on("error", () => {});
    if (!process.emit("SIGTERM", "SIGTERM")) process.exit();
  });
}

function say({ text, next, stack }: Trouble): void {
  process.stderr.write(`\n  ${text.replaceAll("\n", "\n  ")}\n\n  Next: ${next}\n${stack ? `\n${stack}\n` : ""}`);
  process.exitCode = 2;
}

/** The lesson named as the first word of the command line, else the one where the learner is. */
export async function lessonAsked(): Promise<Lesson> {
  const name = process.argv.slice(2).find((word) => !word.startsWith("-"));
  return name === undefined ? currentLesson() : findLesson(name);
}

/** What opens the workshop takes a lesson and a port: `npm start -- 7 --port 4322`. Ends the process, or throws a `Refusal`, for anything else. */
export async function houseAsked(usage: string): Promise<{ lesson: Lesson; port?: number }> {
  const { values, positionals } = readFlags(usage, { options: { port: { type: "string" } }, allowPositionals: true });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) throw new Refusal(`A port is a number from 1 to 65535, and --port says "${values.port}".`, usage);
  const name = positionals[0];
  return { lesson: name === undefined ? await currentLesson() : await findLesson(name), ...(port === undefined ? {} : { port }) };
}
