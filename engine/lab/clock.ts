import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { patience } from "./words.ts";

/** A look that asked a server may take a fifth of the time, and no pause is longer than this. */
const LONGEST_MS = 40;

/**
 * Lets other work go on for a moment between two looks at a condition. The first looks come close together: 1 ms,
 * then 5, then 10. A look that itself took `took` milliseconds is followed by four times as long a pause, up to 40 ms:
 * on a busy machine those who ask would otherwise starve those who are asked about.
 */
export function breath(round: number, took = 0): Promise<void> {
  return sleep(Math.max(round < 20 ? 1 : round < 100 ? 5 : 10, Math.min(LONGEST_MS, Math.round(4 * took))));
}

/** Nobody waits more than this many times as long, however many others want the processors. */
const MOST_CROWDED = 4;

/**
 * What a deadline is multiplied by on a machine that others use as well: half the programs that want a processor at a
 * time, for each processor; from 1 (nobody is kept waiting for long) to 4. Deadlines only end what would go on for
 * ever, and a program that gets a tenth of a processor needs ten times as long for the same work. Windows does not
 * tell, and answers 1.
 */
export function crowding(): number {
  return Math.min(MOST_CROWDED, Math.max(1, (loadavg()[0] ?? 0) / availableParallelism() / 2));
}

/** What deadlines are multiplied by: what the environment asks for, and what the crowd costs. */
export function stretch(): number {
  return patience() * crowding();
}

/** Says how far the wall clock has run away from the monotonic one since it was made, in milliseconds. */
export function sleepWatch(): () => number {
  const wall = Date.now();
  const steady = performance.now();
  return () => Math.abs(Date.now() - wall - (performance.now() - steady));
}
