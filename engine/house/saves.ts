import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FSWatcher } from "chokidar";

/** What to watch and what to do. */
export interface SavesOptions {
  watch: FSWatcher;
  folder: string;
  signal: AbortSignal;
  /** Runs after each change of content, one at a time. Saves during a run lead to exactly one more. */
  onSave: () => Promise<void>;
}

/** Editors write a file in several steps; so long after the last of them it is whole. */
const WHOLE_MS = 30;

/**
 * Calls `onSave` for every change of the folder's content until `signal` ends it: unchanged content leads to
 * no run, a burst of saves during a run to one more, on the newest content.
 */
export async function saves({ watch, folder, signal, onSave }: SavesOptions): Promise<void> {
  let judged = contentOf(folder);
  let wake: () => void = () => {};
  watch.on("all", () => wake());
  signal.addEventListener("abort", () => wake());
  while (!signal.aborted) {
    const now = contentOf(folder);
    if (now === judged) {
      await new Promise<void>((resolve) => { wake = resolve; });
      await new Promise((resolve) => { setTimeout(resolve, WHOLE_MS); });
      continue;
    }
    judged = now;
    await onSave();
  }
  await watch.close();
}

/** One hash over every file below a folder: names and bytes. */
export function contentOf(folder: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    hash.update(file).update("\0");
    try {
      hash.update(readFileSync(file));
    } catch {
      // It went away between the listing and the reading; the next event tells.
    }
  }
  return hash.digest("hex");
}
