import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "#engine/files/refusal.ts";

/** How a lock is taken. */
export interface LockOptions {
  /** Milliseconds to wait for it; default 15,000. */
  patience?: number;
  /** After so many milliseconds a holder is thought dead; default 10,000. What is done under a lock takes a few. */
  stale?: number;
}

/** How often a waiting process looks whether the holder is dead: every so many attempts. */
const STALE_ROUNDS = 8;

/**
 * Does something while no other process holds the same lock directory. A holder that is dead, or holds
 * it for longer than `stale`, loses it. Throws a `Refusal` when it cannot be had in time.
 *
 * The directory always holds one file that names its holder: it arrives by rename, which fails on a directory
 * that is not empty. To break a stale lock is to remove that one file, so of several who try, none breaks a
 * lock that was taken since.
 */
export async function withLock<T>(lock: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const holder = `${process.pid}-${randomBytes(6).toString("hex")}`;
  await take(lock, holder, options);
  try {
    return await work();
  } finally {
    await unlink(join(lock, holder)).catch(() => {});
    // Fails when another has taken it meanwhile, as it should.
    await rmdir(lock).catch(() => {});
  }
}

async function take(lock: string, holder: string, { patience = 15_000, stale = 10_000 }: LockOptions): Promise<void> {
  const ready = join(dirname(lock), `.lock-${holder}`);
  await mkdir(ready, { recursive: true });
  await writeFile(join(ready, holder), "");
  try {
    const deadline = performance.now() + patience;
    for (let round = 0; !(await moved(ready, lock)); round++) {
      if (round % STALE_ROUNDS === 0) await breakStale(lock, stale);
      if (performance.now() > deadline) throw await heldTooLong(lock);
      // Rarer and rarer: those who wait must not take the processor from the one who works.
      await sleep(Math.random() * Math.min(5 * 2 ** round, 60));
    }
  } finally {
    await rm(ready, { recursive: true, force: true });
  }
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") return false;
    throw error;
  }
}

async function breakStale(lock: string, stale: number): Promise<void> {
  for (const holder of await readdir(lock).catch(() => [])) {
    const file = join(lock, holder);
    const held = await stat(file).catch(() => undefined);
    if (held && (Date.now() - held.mtimeMs > stale || !isAlive(Number.parseInt(holder, 10)))) await unlink(file).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function heldTooLong(lock: string): Promise<Refusal> {
  const [holder = "unknown"] = await readdir(lock).catch(() => []);
  return new Refusal(`Cannot write progress as ${lock} must be free: process ${Number.parseInt(holder, 10)} holds it`, `rm -r '${lock}'`);
}
