import { setTimeout as sleep } from "node:timers/promises";

/** Lets other work go on for a moment between two looks at a condition. The first looks come close together: 1 ms, then 5, then 10. */
export function breath(round: number): Promise<void> {
  return sleep(round < 20 ? 1 : round < 100 ? 5 : 10);
}

/** Says how far the wall clock has run away from the monotonic one since it was made, in milliseconds. */
export function sleepWatch(): () => number {
  const wall = Date.now();
  const steady = performance.now();
  return () => Math.abs(Date.now() - wall - (performance.now() - steady));
}
