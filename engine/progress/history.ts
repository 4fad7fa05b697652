import { mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { workshopRoot } from "#engine/files/root.ts";

/** One verdict that was given: a line of `.workshop/history.jsonl`. */
export interface HistoryLine {
  /** ISO 8601 in UTC. */
  at: string;
  /** Folder name, `04-queue-groups`. */
  lesson: string;
  outcome: "passed" | "failed" | "broken";
  seconds: number;
  /** The first check that failed. */
  check?: string;
  /** The mistake that was recognised. */
  diagnosis?: string;
  /** What checks measured, by check id. */
  measured?: Record<string, Record<string, unknown>>;
  /** Hash of the learner's files, sha256 in hex: equal texts, equal hashes. */
  hash?: string;
}

/** Which lines to read. */
export interface HistoryOptions {
  root?: string;
  lesson?: string;
}

const FILE = ".workshop/history.jsonl";

/** Adds a line; `at` is now where it is absent. Lines of several processes do not mix. */
export async function appendHistory(entry: Omit<HistoryLine, "at"> & { at?: string }, root: string = workshopRoot()): Promise<void> {
  const path = join(root, FILE);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "a+");
  try {
    const line = JSON.stringify({ at: new Date().toISOString(), ...entry });
    // One write, in append mode: the system keeps it in one piece. A torn line before it must not take this one along.
    await file.write(`${(await isTorn(file)) ? "\n" : ""}${line}\n`);
  } finally {
    await file.close();
  }
}

/** The verdicts so far, oldest first; lines that cannot be read are passed over. */
export async function readHistory({ root = workshopRoot(), lesson }: HistoryOptions = {}): Promise<HistoryLine[]> {
  const text = await readFile(join(root, FILE), "utf8").catch(() => "");
  return text.split("\n").flatMap(parseLine).filter((line) => lesson === undefined || line.lesson === lesson);
}

async function isTorn(file: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 10;
}

function parseLine(text: string): HistoryLine[] {
  try {
    const line = JSON.parse(text) as HistoryLine | null;
    return typeof line?.lesson === "string" ? [line] : [];
  } catch {
    return [];
  }
}
