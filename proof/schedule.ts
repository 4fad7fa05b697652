import type { Pace } from "#engine/lessons/define.ts";

/**
 * What a row of a pace costs of the machine's twelve tokens: six rows that mostly sleep run side by side (with four, a
 * fifth of both processors is idle all the time), three that work (two leave a third idle), and one that is under load
 * has them to itself.
 */
const COST: Record<Pace, number> = { quick: 4, waits: 2, load: 12 };
const TOKENS = 12;

/**
 * Whose turn comes first. Beside the proof `npm test` runs the tests, which take about two thirds of its time and both
 * processors: what mostly sleeps is done meanwhile, and what works all the time has the processors to itself afterwards.
 */
const TURN: Record<Pace, number> = { waits: 0, quick: 1, load: 2 };

/**
 * Runs jobs side by side as far as their pace allows, pace by pace and each pace in order, the next as soon as there is
 * room. Answers the results in the order of `jobs`.
 */
export async function schedule<T>(jobs: { pace: Pace; run: () => Promise<T> }[]): Promise<T[]> {
  const results: T[] = Array.from({ length: jobs.length });
  const running = new Set<Promise<void>>();
  let free = TOKENS;
  const turns = [...jobs.entries()].toSorted(([, a], [, b]) => TURN[a.pace] - TURN[b.pace]);
  for (const [index, job] of turns) {
    const cost = COST[job.pace];
    while (free < cost) await Promise.race(running);
    free -= cost;
    const task: Promise<void> = job.run().then((result) => {
      results[index] = result;
      free += cost;
      running.delete(task);
    });
    running.add(task);
  }
  await Promise.all(running);
  return results;
}
