import { readdirSync, readFileSync } from "node:fs";

/** SIGSTOP reaches the threads of a process one by one; under load the last may run on for some milliseconds. */
const LONGEST_MS = 200;

/**
 * Blocks until every thread of a process stands still after SIGSTOP: without that, a server that was paused a moment
 * ago may still greet one more client. Linux only (/proc); elsewhere it returns at once. Never longer than LONGEST_MS.
 */
export function untilStopped(pid: number): void {
  const deadline = performance.now() + LONGEST_MS;
  while (!isStopped(pid) && performance.now() < deadline);
}

function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => stateOf(`/proc/${pid}/task/${thread}/stat`) === "T");
  } catch {
    // No /proc, or the process is gone: there is nothing to wait for.
    return true;
  }
}

// `4711 (a name) T 1 …`: the state stands behind the name, which may contain anything.
function stateOf(file: string): string | undefined {
  const text = readFileSync(file, "utf8");
  return text.slice(text.lastIndexOf(")") + 2)[0];
}
