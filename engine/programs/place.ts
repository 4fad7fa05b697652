import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

// node: `at f (/…/worker.ts:3:7)`, and `file:///…/worker.mjs:3` above the line of code. python: `File "/…", line 3`.
const NODE_PLACE = /(file:\/\/\S+?|\/.+?):(\d+)(?::(\d+))?\)?$/;
const PYTHON_PLACE = /^File "(\/.+?)", line (\d+)/;
const NOT_THE_LEARNERS = /(^|\/)node_modules\/|^engine\/|^\.workshop\//;

/**
 * The place in one of the learner's files that a line of output names: `lessons/04-queue-groups/worker.ts:12`, relative
 * to `root`, absolute when it lies elsewhere. Undefined when it names none, or one in node, a package or our own files.
 */
export function ownPlace(line: string, root: string): string | undefined {
  const found = PYTHON_PLACE.exec(line.trim()) ?? NODE_PLACE.exec(line.trim());
  if (!found) return undefined;
  const path = asPath(found[1]!);
  if (!path || !existsSync(path)) return undefined;
  const place = original({ path, line: Number(found[2]), column: Number(found[3] ?? 1) });
  const inside = relative(root, place.path);
  if (NOT_THE_LEARNERS.test(inside)) return undefined;
  return `${inside.startsWith("..") ? place.path : inside}:${place.line}`;
}

interface Place {
  path: string;
  line: number;
  column: number;
}

function asPath(text: string): string | undefined {
  try {
    return text.startsWith("file:") ? fileURLToPath(text) : text;
  } catch {
    return undefined;
  }
}

/**
 * Where a place in a bundle comes from. node does this itself for stack traces; not for an import that a package does
 * not have, which it finds before it has read the source map.
 */
function original(place: Place): Place {
  const map = place.path.endsWith(".mjs") && MAP.exec(readFileSync(place.path, "utf8"))?.[1];
  if (!map) return place;
  const entry = new SourceMap(JSON.parse(Buffer.from(map, "base64").toString())).findEntry(place.line - 1, place.column - 1);
  if (!("originalSource" in entry)) return place;
  return { path: resolve(dirname(place.path), decodeURI(entry.originalSource)), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

const MAP = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/;
