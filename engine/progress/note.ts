import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { firstFailure } from "#engine/check/verdict.ts";
import type { Outcome, Verdict } from "#engine/check/verdict.ts";
import { workshopRoot } from "#engine/files/root.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { starterFiles } from "#engine/lessons/originals.ts";
import { appendHistory } from "./history.ts";
import { changeProgress, lessonProgress, readProgress } from "./progress.ts";
import type { Progress, ProgressRead } from "./progress.ts";
import { keepVerdict } from "./verdicts.ts";

/** Where and when something is noted. */
export interface NoteOptions {
  root?: string;
  /** ISO 8601 in UTC; default: now. */
  at?: string;
}

/**
 * Notes a whole run of a lesson: one line of history, and progress. Gives the progress as it is now.
 * `hash` is the hash of the files that were judged; default: as they are now.
 */
export async function noteRun(lesson: Pick<Lesson, "id" | "root">, verdict: Verdict, options: { hash?: string } = {}): Promise<ProgressRead> {
  const at = new Date().toISOString();
  const { id, root } = lesson;
  const failure = firstFailure(verdict);
  const hash = options.hash ?? (await contentHash(id, root));
  await keepVerdict({ at, hash, verdict }, root);
  await appendHistory(
    {
      at,
      lesson: id,
      outcome: verdict.outcome,
      seconds: verdict.seconds,
      ...(failure && { check: failure.id }),
      ...(failure?.diagnosis && { diagnosis: failure.diagnosis.id }),
      ...measuredIn(verdict),
      hash,
    },
    root,
  );
  return noteVerdict(id, verdict.outcome, { root, at });
}

/**
 * Notes how a lesson came out. Passed: it is done, since the first pass of an unbroken row. Failed: it is
 * no longer done. Broken is the workshop's fault and changes nothing.
 */
export async function noteVerdict(lesson: string, outcome: Outcome, { root = workshopRoot(), at }: NoteOptions = {}): Promise<ProgressRead> {
  if (outcome === "broken") return readProgress(root);
  return changeProgress((progress) => {
    const { passedAt, ...before } = lessonProgress(progress, lesson);
    const since = passedAt ?? at ?? new Date().toISOString();
    put(progress, lesson, { ...(outcome === "passed" && { passedAt: since }), ...before, tries: before.tries + 1 });
  }, root);
}

/** Notes that a lesson is not passed as it stands now; nobody has tried anything. */
export async function noteReset(lesson: string, root: string = workshopRoot()): Promise<ProgressRead> {
  return changeProgress((progress) => {
    const { passedAt: _gone, ...before } = lessonProgress(progress, lesson);
    put(progress, lesson, before);
  }, root);
}

/** Notes that so many hints of a check were shown, counted from its first; a smaller number changes nothing. */
export async function noteHint(lesson: string, { check, shown }: { check: string; shown: number }, root: string = workshopRoot()): Promise<ProgressRead> {
  return changeProgress((progress) => {
    const before = lessonProgress(progress, lesson);
    const most = Math.max(shown, before.hints[check] ?? 0);
    put(progress, lesson, { ...before, hints: { ...before.hints, [check]: most } });
  }, root);
}

/** Notes which lesson is open. */
export async function setCurrent(lesson: string, root: string = workshopRoot()): Promise<ProgressRead> {
  return changeProgress((progress) => void (progress.current = lesson), root);
}

/** The hash of a lesson's programs and data as they are now: sha256 in hex over names and texts. */
export async function contentHash(lesson: string, root: string = workshopRoot()): Promise<string> {
  const hash = createHash("sha256");
  for (const file of starterFiles(lesson, root)) {
    const bytes = await readFile(join(root, file)).catch(() => Buffer.alloc(0));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

function put(progress: Progress, lesson: string, now: Progress["lessons"][string]): void {
  progress.lessons = { ...progress.lessons, [lesson]: now };
}

function measuredIn(verdict: Verdict) {
  const measured = verdict.checks.flatMap((check) => (check.measured ? [[check.id, check.measured] as const] : []));
  return measured.length > 0 ? { measured: Object.fromEntries(measured) } : {};
}
