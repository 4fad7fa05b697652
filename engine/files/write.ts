import { randomBytes } from "node:crypto";
import { mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** How a file is written. */
export interface WriteOptions {
  /** Permission bits, e.g. 0o755; default: those the file has, or 0o666 less the umask for a new one. */
  mode?: number;
}

/**
 * Writes a whole file or leaves it as it was: to a temporary file in the same folder, then by rename.
 * A reader, a watcher or a crash never meets half a file. Makes missing folders, keeps the file's mode,
 * and writes through a symbolic link. Throws what the file system says; the temporary file is gone then.
 */
export async function writeSafely(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  try {
    await writeWhole(temporary, content, options.mode ?? (await modeOf(target)));
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeWhole(path: string, content: string | Uint8Array, mode: number | undefined): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    if (mode !== undefined) await file.chmod(mode);
    // Without this a power cut can leave the renamed file empty.
    await file.sync();
  } finally {
    await file.close();
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && found.mode & 0o7777;
}
