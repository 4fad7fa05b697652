import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { workshopRoot } from "#engine/files/root.ts";
import { writeSafely } from "#engine/files/write.ts";
import { withLock } from "./lock.ts";

/** What is known of one lesson. */
export interface LessonProgress {
  /** ISO 8601 in UTC: since when it is passed without a failure. Absent: not passed. */
  passedAt?: string;
  /** Verdicts so far, passed or failed. */
  tries: number;
  /** By check id: how many of its hints were shown. */
  hints: Record<string, number>;
}

/** `.workshop/progress.json`; lessons are named by their folders. */
export interface Progress {
  version: 1;
  /** The lesson that is open. */
  current?: string;
  lessons: Record<string, LessonProgress>;
}

/** Progress as it was read. */
export interface ProgressRead extends Progress {
  /** One line to show: the file could not be used and lies aside. */
  notice?: string;
}

const FILE = ".workshop/progress.json";

/**
 * Reads what is done. A file that cannot be understood is renamed to `progress.json.bad-<time>` and said so
 * in `notice`; then, as without a file, nothing is done yet. Never throws because of its content.
 */
export async function readProgress(root: string = workshopRoot()): Promise<ProgressRead> {
  const read = await readOnce(root);
  if (!("wrong" in read)) return read;
  // Again under the lock: another process may have put it right by now.
  return withLock(lockOf(root), async () => orAside(await readOnce(root), root));
}

/** Progress for somebody who only looks on: what cannot be understood stays where it is, for whoever can say so. */
export async function glanceAtProgress(root: string = workshopRoot()): Promise<Progress | undefined> {
  const read = await readOnce(root);
  return "wrong" in read ? undefined : read;
}

/**
 * Changes progress: `change` gets a fresh copy and alters it. One process at a time, written by rename.
 * Gives what was written, with the notice of the read.
 */
export async function changeProgress(change: (progress: Progress) => void, root: string = workshopRoot()): Promise<ProgressRead> {
  await mkdir(join(root, ".workshop"), { recursive: true });
  return withLock(lockOf(root), async () => {
    const { notice, ...progress } = await orAside(await readOnce(root), root);
    change(progress);
    await writeSafely(join(root, FILE), `${JSON.stringify(progress, null, 2)}\n`);
    return { ...progress, ...(notice !== undefined && { notice }) };
  });
}

/** One lesson's progress, also of a lesson that was never tried. */
export function lessonProgress(progress: Progress, lesson: string): LessonProgress {
  return Object.hasOwn(progress.lessons, lesson) ? (progress.lessons[lesson] as LessonProgress) : { tries: 0, hints: {} };
}

function lockOf(root: string): string {
  return join(root, ".workshop/progress.lock");
}

async function readOnce(root: string): Promise<Progress | { wrong: string }> {
  try {
    const progress: unknown = JSON.parse(await readFile(join(root, FILE), "utf8"));
    return isProgress(progress) ? progress : { wrong: "it is not of the known shape" };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? { version: 1, lessons: {} } : { wrong: message };
  }
}

async function orAside(read: Progress | { wrong: string }, root: string): Promise<ProgressRead> {
  if (!("wrong" in read)) return read;
  const aside = `${FILE}.bad-${new Date().toISOString().replaceAll(":", "-")}`;
  await rename(join(root, FILE), join(root, aside));
  const notice = `Progress could not be read (${read.wrong}); the file is now ${aside}. "npm run check:all" finds out anew what is done`;
  return { version: 1, lessons: {}, notice };
}

function isProgress(value: unknown): value is Progress {
  if (!isObject(value) || value.version !== 1 || !isObject(value.lessons)) return false;
  if (value.current !== undefined && typeof value.current !== "string") return false;
  return Object.values(value.lessons).every(isLesson);
}

function isLesson(value: unknown): value is LessonProgress {
  if (!isObject(value) || !Number.isSafeInteger(value.tries) || !isObject(value.hints)) return false;
  const passedRight = value.passedAt === undefined || typeof value.passedAt === "string";
  return passedRight && Object.values(value.hints).every(Number.isSafeInteger);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
