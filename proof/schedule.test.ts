import { expect, test } from "vitest";
import type { Pace } from "#engine/lessons/define.ts";
import { schedule } from "./schedule.ts";

/** Jobs that note when they begin and go on until a later turn of the event loop. */
function jobsOf(paces: Pace[]) {
  const begun: string[] = [];
  const running = new Set<number>();
  const beside: string[][] = [];
  const jobs = paces.map((pace, index) => ({
    pace,
    run: async () => {
      begun.push(`${index} ${pace}`);
      running.add(index);
      beside.push([...running].map((one) => paces[one]!).toSorted());
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(index);
      return index;
    },
  }));
  return { jobs, begun, beside };
}

test("what sleeps comes before what works, each in its order, and the results stand as the jobs did", async () => {
  const { jobs, begun } = jobsOf(["quick", "waits", "load", "waits", "quick"]);
  expect(await schedule(jobs)).toEqual([0, 1, 2, 3, 4]);
  expect(begun).toEqual(["1 waits", "3 waits", "0 quick", "4 quick", "2 load"]);
});

test("as many run side by side as their pace allows, and a load alone", async () => {
  const { jobs, beside } = jobsOf([...Array.from({ length: 6 }, () => "waits" as const), "quick", "quick", "quick", "load", "load"]);
  await schedule(jobs);
  const cost = { waits: 2, quick: 4, load: 12 };
  const costs = beside.map((paces) => paces.reduce((sum, pace) => sum + cost[pace as Pace], 0));
  expect(Math.max(...costs)).toBe(12);
  expect(beside.filter((paces) => paces.includes("load"))).toEqual([["load"], ["load"]]);
  expect(beside).toContainEqual(Array.from({ length: 6 }, () => "waits"));
  expect(beside).toContainEqual(["quick", "quick", "quick"]);
});
