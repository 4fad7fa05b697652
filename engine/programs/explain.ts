import { existsSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "#engine/files/root.ts";
import type { Exit } from "#engine/process/group.ts";
import type { Output } from "#engine/process/output.ts";

/** The first error a program printed, for a person. */
export interface FirstError {
  /** The error itself, one line: `TypeError: Cannot read properties of undefined (reading 'data')`. */
  text: string;
  /** Place in the learner's own file, relative to the repository: `lessons/04-queue-groups/worker.ts:12`. */
  at?: string;
}

/** How a program ended, in plain words that follow its name or "It": `ended with code 1`. */
export function explainExit({ exit, name }: { exit?: Exit; name?: string }): string {
  return `${name ?? "It"} ${manner(exit)}`;
}

/**
 * The first line of a program's standard error that states an error, without node's internals, and the first
 * frame of its stack that lies in the learner's files. Undefined when it printed none.
 */
export function firstError(program: { output: Pick<Output, "lines"> }, options: { root?: string } = {}): FirstError | undefined {
  const lines = program.output.lines.filter((line) => line.stream === "err").map((line) => line.text);
  const first = lines.findIndex(statesError);
  if (first < 0) return undefined;
  const at = placeIn(lines.slice(first), options.root ?? repositoryRoot) ?? placeIn(lines, options.root ?? repositoryRoot);
  return { text: lines[first]!.trim().replace(/^Uncaught /, ""), ...(at ? { at } : {}) };
}

function manner(exit: Exit | undefined): string {
  if (!exit) return "is still running";
  if (exit.limit) return `was stopped: it ${exit.detail ?? `passed the limit of ${exit.limit}`}`;
  if (exit.signal) return `was killed by ${exit.signal}`;
  if (exit.code === 13) return "ended with code 13: an await at the top level never came back, and nothing else was left to do";
  return `ended with code ${exit.code}`;
}

// `TypeError: …`, `Error [ERR_X]: …`, `NatsError: …`, python's `KeyError: 'x'`; not node's code frame and not a warning.
const ERROR_LINE = /^(?:Uncaught )?(?:[\w$.]*(?:Error|Exception)|AssertionError)(?: \[[\w.]+\])?(?:: .+|$)/;
const WARNING = /^\(node:\d+\)|Warning:/;

function statesError(line: string): boolean {
  return ERROR_LINE.test(line.trim()) && !WARNING.test(line);
}

// Frames are `at f (file:///…/worker.ts:3:7)`; the code frame above an error is `file:///…/worker.ts:3`.
const PLACE = /(file:\/\/[^\s)]+|\/[^\n()]+?):(\d+)(?::\d+)?\)?$/;

function placeIn(lines: string[], root: string): string | undefined {
  for (const line of lines) {
    const found = PLACE.exec(line.trim());
    const path = found && ownFile(found[1]!, root);
    if (path) return `${path}:${found[2]}`;
  }
  return undefined;
}

/** The file relative to the root, or as it is when it lies elsewhere; undefined for node's, a package's and our own. */
function ownFile(place: string, root: string): string | undefined {
  const path = place.startsWith("file://") ? fileURLToPath(place) : place;
  const inside = relative(root, path);
  if (/node_modules\/|node:|^engine\/|\.workshop\//.test(inside) || !existsSync(path)) return undefined;
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
