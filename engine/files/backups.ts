import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { insideRoot } from "./inside.ts";
import { workshopRoot } from "./root.ts";

/** Where backups lie, relative to the root. */
const STORE = ".workshop/backups";

const MANIFEST = ".manifest.json";

/** What is older is removed; so is what is not among the newest `MOST`. */
const DAYS = 30;
const MOST = 200;

/** One backup: a folder `.workshop/backups/<UTC time>-<reason>/` that mirrors the tree, with a `.manifest.json`. */
export interface Backup {
  /** The folder's name, which sorts by time: `2026-03-01T09-15-00.123Z-reset`. */
  id: string;
  /** The folder's absolute path. */
  folder: string;
  /** Why it was made, as it was told. */
  reason: string;
  /** ISO 8601 in UTC. */
  at: string;
  /** The files it keeps, relative to the root. */
  kept: string[];
  /** What was asked for and did not exist then: undoing removes it. */
  absent: string[];
}

/**
 * Keeps a copy of files as they are now, before something changes them. Folders are kept with all
 * their files. Removes backups that are too old or too many. Undefined when `paths` is empty.
 * Throws a `Refusal` for a path outside the root; then nothing was kept.
 */
export async function backUp(paths: readonly string[], reason: string, root: string = workshopRoot()): Promise<Backup | undefined> {
  const backup = await keep(paths, reason, root);
  await prune(root);
  return backup;
}

/** All backups, newest first. A folder without a readable manifest is none. */
export async function listBackups(root: string = workshopRoot()): Promise<Backup[]> {
  const names = await readdir(join(root, STORE)).catch(() => []);
  const backups = await Promise.all(names.toSorted().toReversed().map((id) => readBackup(id, root)));
  return backups.filter((backup) => backup !== undefined);
}

/** As `backUp()`, and removes nothing. */
export async function keep(paths: readonly string[], reason: string, root: string): Promise<Backup | undefined> {
  if (paths.length === 0) return undefined;
  const asked = await Promise.all(paths.map((path) => insideRoot(path, root)));
  const found = await Promise.all(asked.map((path) => filesAt(path, root)));
  const kept = [...new Set(found.flat())].sort();
  const absent = asked.filter((_, index) => found[index]?.length === 0).sort();
  const partial = join(root, STORE, `.partial-${process.pid}-${randomBytes(4).toString("hex")}`);
  await mkdir(partial, { recursive: true });
  try {
    for (const path of kept) await copyInto(partial, path, root);
    return await place(partial, { reason, kept, absent }, root);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** The files at a path: itself, all below a folder, or none. */
async function filesAt(path: string, root: string): Promise<string[]> {
  const found = await stat(join(root, path)).catch(() => undefined);
  if (!found?.isDirectory()) return found?.isFile() ? [path] : [];
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

async function copyInto(folder: string, path: string, root: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await copyFile(join(root, path), join(folder, path));
}

type Manifest = Pick<Backup, "reason" | "kept" | "absent"> & { at: string };

/** Gives a finished folder its name in one step, so that nobody meets half a backup; a later backup has a later name. */
async function place(partial: string, { reason, kept, absent }: Omit<Manifest, "at">, root: string): Promise<Backup> {
  for (let time = Math.max(Date.now(), (await newest(root)) + 1); ; time++) {
    const manifest: Manifest = { reason, at: new Date(time).toISOString(), kept, absent };
    const id = `${manifest.at.replaceAll(":", "-")}-${slugOf(reason)}`;
    const folder = join(root, STORE, id);
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    if (await taken(() => rename(partial, folder))) continue;
    return { id, folder, ...manifest };
  }
}

async function taken(move: () => Promise<void>): Promise<boolean> {
  try {
    await move();
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return true;
    throw error;
  }
}

async function newest(root: string): Promise<number> {
  const [last] = await listBackups(root);
  return last ? Date.parse(last.at) : 0;
}

async function readBackup(id: string, root: string): Promise<Backup | undefined> {
  const folder = join(root, STORE, id);
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), "utf8")) as Manifest;
    return id.startsWith(".") ? undefined : { id, folder, ...manifest };
  } catch {
    return undefined;
  }
}

/** Removes what is too old or too many, never the newest. */
export async function prune(root: string): Promise<void> {
  const since = Date.now() - DAYS * 24 * 3_600_000;
  const old = (await listBackups(root)).filter(({ at }, index) => index > 0 && (index >= MOST || Date.parse(at) < since));
  await Promise.all(old.map(({ folder }) => rm(folder, { recursive: true, force: true })));
}

function slugOf(reason: string): string {
  const slug = reason.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return slug.slice(0, 40) || "backup";
}
