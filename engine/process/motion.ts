import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether a process is at work at this moment, as Linux tells it without cost. */
export interface Motion {
  /** It runs, or waits for a processor. */
  runnable: boolean;
  /** Processor time so far in clock ticks of 10 ms. */
  ticks: number;
}

/** What a process is doing now; undefined when it is gone, or where the system does not tell (macOS). */
export function motionOf(pid: number): Motion | undefined {
  try {
    // The name in the second field may contain blanks and brackets; the state follows the last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { runnable: fields[0] === "R", ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

/**
 * Whether any thread of a process runs, waits for a processor or for the disk, or the process is on its way out. The
 * main thread may sleep until another one is done: at its end node does so, for a third of a second on a busy machine.
 * Reads a file for each thread, 0.2 ms for a node process. False where the system does not tell.
 */
export function anyThreadAtWork(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => "RDZ".includes(stateIn(readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8"))));
  } catch {
    return false;
  }
}

// The name in the second field may contain blanks and brackets; the state follows the last bracket.
function stateIn(stat: string): string {
  return stat.charAt(stat.lastIndexOf(")") + 2);
}

/**
 * Whether a process never sleeps: runnable at every one of ten looks within 200 ms, however little of a processor a
 * busy machine gives it. Where the system does not tell, `share` decides: processor time per time, from 0 to 1.
 */
export async function neverSleeps(pid: number, share: () => Promise<number>): Promise<boolean> {
  if (!motionOf(pid)) return (await share()) > 0.8;
  for (let look = 0; look < 10; look++) {
    if (!motionOf(pid)?.runnable) return false;
    await sleep(20);
  }
  return true;
}
