import { setTimeout as sleep } from "node:timers/promises";

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

/** Says how far the wall clock has run away from the monotonic one since it was made, in milliseconds. */
export function sleepWatch(): () => number {
  const wall = Date.now();
  const steady = performance.now();
  return () => Math.abs(Date.now() - wall - (performance.now() - steady));
}
