import { rmSync } from "node:fs";

/** What goes with this process when it calls process.exit() without closing its servers. SIGKILL is the reaper's matter. */
const pids = new Set<number>();
const folders = new Set<string>();

/** Kills this process at exit, unless the returned function was called before. */
export function killAtExit(pid: number): () => void {
  return keepIn(pids, pid);
}

/** Removes this folder at exit, after the processes are gone, unless the returned function was called before. */
export function removeAtExit(folder: string): () => void {
  return keepIn(folders, folder);
}

function keepIn<T>(set: Set<T>, entry: T): () => void {
  if (pids.size + folders.size === 0) process.once("exit", atExit);
  set.add(entry);
  return () => {
    set.delete(entry);
    if (pids.size + folders.size === 0) process.removeListener("exit", atExit);
  };
}

function atExit(): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended in the meantime.
    }
  }
  // The killed may be writing to the last; a moment later they are not.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
