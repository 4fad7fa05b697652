import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Verdict } from "#engine/check/verdict.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { writeSafely } from "#engine/files/write.ts";

/** The last verdict on a lesson, as `.workshop/verdicts/<lesson>.json` holds it: the page shows it, whoever ran the check. */
export interface KeptVerdict {
  /** ISO 8601 in UTC. */
  at: string;
  /** Hash of the files that were judged. */
  hash: string;
  verdict: Verdict;
}

/** The folder of the verdicts, relative to the root. */
export const VERDICTS = ".workshop/verdicts";

/** Keeps a verdict in place of the lesson's last one. */
export async function keepVerdict(kept: KeptVerdict, root: string = workshopRoot()): Promise<void> {
  await mkdir(join(root, VERDICTS), { recursive: true });
  await writeSafely(join(root, VERDICTS, `${kept.verdict.lesson}.json`), JSON.stringify(kept));
}

/** The last verdict on a lesson; undefined where there is none, or none that can be read. */
export async function lastVerdict(lesson: string, root: string = workshopRoot()): Promise<KeptVerdict | undefined> {
  try {
    const kept = JSON.parse(await readFile(join(root, VERDICTS, `${lesson}.json`), "utf8")) as KeptVerdict;
    return Array.isArray(kept.verdict.checks) ? kept : undefined;
  } catch {
    return undefined;
  }
}
