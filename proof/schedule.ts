import type { Pace } from "#engine/lessons/define.ts";

/** What a row of a pace costs of the machine's two tokens: a waiting lesson sleeps, a loaded one wants it all. */
const COST: Record<Pace, number> = { quick: 1, waits: 0.5, load: 2 };
const TOKENS = 2;

/** Runs jobs side by side as far as their pace allows, in order, the next as soon as there is room. */
export async function schedule<T>(jobs: { pace: Pace; run: () => Promise<T> }[]): Promise<T[]> {
  const results: T[] = Array.from({ length: jobs.length });
  const running = new Set<Promise<void>>();
  let free = TOKENS;
  for (const [index, job] of jobs.entries()) {
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
