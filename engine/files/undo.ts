import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { keep, listBackups, prune } from "./backups.ts";
import type { Backup } from "./backups.ts";
import { Refusal } from "./refusal.ts";
import { workshopRoot } from "./root.ts";
import { writeSafely } from "./write.ts";

/** What an undo has done. Paths are relative to the root. */
export interface Undone {
  /** The backup that was restored. */
  id: string;
  reason: string;
  at: string;
  /** Files that have their former text again. */
  restored: string[];
  /** Files that did not exist then, and no longer do; the undo's own backup keeps them. */
  removed: string[];
}

/** What to undo. */
export interface UndoOptions {
  root?: string;
  /** A backup's `id` from `listBackups()`; default: the newest that differs from the files as they are. */
  id?: string;
}

/**
 * Puts files back as the newest backup has them: their text and mode again, those that did not exist
 * then removed, those removed since made anew. Files a backup does not name stay as they are.
 *
 * What it replaces is backed up first, with the reason `undo`; so a second undo takes the first back, and
 * older states are reached by `id`. A backup that equals the files as they are is passed over.
 * Undefined when there is nothing to undo. Throws a `Refusal` for an unknown `id`.
 */
export async function undo({ root = workshopRoot(), id }: UndoOptions = {}): Promise<Undone | undefined> {
  for (const backup of await candidates(id, root)) {
    const former = await formerState(backup);
    const restored = await changedFrom(former, root);
    const removed = await presentOf(backup.absent, root);
    if (restored.length + removed.length === 0) continue;
    await keep([...restored, ...removed], "undo", root);
    await restore(former, { restored, removed, root });
    await prune(root);
    return { id: backup.id, reason: backup.reason, at: backup.at, restored, removed };
  }
  return undefined;
}

async function candidates(id: string | undefined, root: string): Promise<Backup[]> {
  const backups = await listBackups(root);
  const wanted = id === undefined ? backups : backups.filter((backup) => backup.id === id);
  if (id === undefined || wanted.length > 0) return wanted;
  throw new Refusal(`Cannot undo to "${id}" as it must be a backup in .workshop/backups: there is none of that name`, "npm run undo -- --list");
}

interface FileState {
  bytes: Buffer;
  mode: number;
}

/** Read before anything is changed: a file that cannot be read ends the undo with everything as it was. */
async function formerState({ folder, kept }: Backup): Promise<Map<string, FileState>> {
  const files = kept.map(async (path): Promise<[string, FileState]> => {
    const state = await stateOf(join(folder, path));
    if (state) return [path, state];
    throw new Refusal(`Cannot undo as ${join(folder, path)} must be there: it was removed`, `ls -A ${folder}`);
  });
  return new Map(await Promise.all(files));
}

async function changedFrom(former: Map<string, FileState>, root: string): Promise<string[]> {
  const changed: string[] = [];
  for (const [path, then] of former) {
    const now = await stateOf(join(root, path));
    if (!now || now.mode !== then.mode || !now.bytes.equals(then.bytes)) changed.push(path);
  }
  return changed;
}

async function stateOf(path: string): Promise<FileState | undefined> {
  try {
    const [bytes, { mode }] = await Promise.all([readFile(path), stat(path)]);
    return { bytes, mode: mode & 0o7777 };
  } catch {
    return undefined;
  }
}

async function presentOf(paths: string[], root: string): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => stat(join(root, path)).catch(() => undefined)));
  return paths.filter((_, index) => found[index]);
}

async function restore(former: Map<string, FileState>, { restored, removed, root }: Pick<Undone, "restored" | "removed"> & { root: string }): Promise<void> {
  // Removal first: what is now a folder may have to become a file again.
  for (const path of removed) await rm(join(root, path), { recursive: true, force: true });
  for (const path of restored) {
    const { bytes, mode } = former.get(path) as FileState;
    await writeSafely(join(root, path), bytes, { mode });
  }
}
