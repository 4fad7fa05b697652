import type { Exit } from "#engine/process/group.ts";
import type { Output } from "#engine/process/output.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { ownPlace } from "./place.ts";

/** The first error a program printed, for a person. */
export interface FirstError {
  /** The error itself, one line: `TypeError: Cannot read properties of undefined (reading 'data')`. */
  text: string;
  /** Place in the learner's own file, relative to the repository: `lessons/04-queue-groups/worker.ts:12`. */
  at?: string;
}

/** How a program ended, in plain words: `worker#2 ended with code 1`, `It was stopped: it wrote more than 8 MiB`. */
export function explainExit({ exit, name }: { exit?: Exit; name?: string }): string {
  return `${name ?? "It"} ${manner(exit)}`;
}

/**
 * The first line of a program's standard error that states an error, without node's internals, and the first
 * place in the learner's files that comes with it. Undefined when it printed none. Reads what node and python print.
 */
export function firstError(program: { output: Pick<Output, "lines"> }, options: { root?: string } = {}): FirstError | undefined {
  const lines = program.output.lines.filter((line) => line.stream === "err").map((line) => line.text);
  const first = lines.findIndex((_, index) => statesError(lines, index));
  if (first < 0) return undefined;
  const root = options.root ?? workshopRoot();
  // node prints the place above an error that has no stack, python all of it.
  const at = lines.slice(first).concat(lines.slice(0, first).toReversed()).map((line) => ownPlace(line, root)).find((place) => place !== undefined);
  return { text: trimmed(lines[first]!), ...(at ? { at } : {}) };
}

function manner(exit: Exit | undefined): string {
  if (!exit) return "is still running";
  if (exit.limit) return `was stopped: it ${exit.detail ?? `passed the limit of ${exit.limit}`}`;
  if (exit.signal) return `was killed by ${exit.signal}`;
  if (exit.code === 13) return "ended with code 13: an await at the top level never came back, and nothing else was left to do";
  return `ended with code ${exit.code}`;
}

// `TypeError: …`, `Error [ERR_X]: …`, `Refused [Error]: …` of a class without a name of its own, python's `KeyError: 'x'`, and what node prints of a rejection with no error in it.
const ERROR_LINE = /^(?:Uncaught )?(?:[\w$.]*(?:Error|Exception)(?: \[[\w.]+\])?(?:: .+|$)|[\w$]+ \[\w*Error\]: .+|\[?UnhandledPromiseRejection: )/;
const FRAME = /^\s+at .+:\d+/;
const NO_STACK = /^\(Use `node --trace-uncaught/;

function statesError(lines: string[], index: number): boolean {
  const line = lines[index]!.trim();
  if (line === "" || FRAME.test(lines[index]!) || /^\(node:\d+\)|Warning:/.test(line)) return false;
  return ERROR_LINE.test(line) || FRAME.test(lines[index + 1] ?? "") || NO_STACK.test(lines[index + 1] ?? "");
}

function trimmed(line: string): string {
  const reason = /UnhandledPromiseRejection: .*reason "(.*)"\./.exec(line.trim())?.[1];
  if (reason !== undefined) return `Unhandled rejection: ${reason}`;
  return line.trim().replace(/^Uncaught /, "").replace(/ imported from .*\.mjs$/, "").replace(/ \{$/, "").replace(/: [[{]$/, "");
}
