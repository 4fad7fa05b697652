import type { Result } from "./judge.ts";

/** More unsteady rows than this share of all is no accident: the proof then fails. */
const UNSTEADY_SHARE = 0.02;
const UNSTEADY_LEAST = 2;

/**
 * Looks again at each row for which `again` holds, one at a time with nothing beside it. A row that is right then
 * becomes "unsteady", with both sights kept: a defect to mend, but not one that hides what the change is worth.
 */
export async function secondLook(results: Result[], again: (result: Result) => boolean, look: (result: Result) => Promise<Result>): Promise<Result[]> {
  const seen: Result[] = [];
  for (const first of results) seen.push(again(first) ? second(first, await look(first)) : first);
  return seen;
}

/** How many rows may be unsteady before the proof fails because of them. */
export function unsteadyAllowed(rows: number): number {
  return Math.max(UNSTEADY_LEAST, Math.floor(rows * UNSTEADY_SHARE));
}

function second(first: Result, then: Result): Result {
  if (then.outcome !== "right") return then;
  if (first.outcome === "right") return { ...first, seconds: then.seconds };
  return { ...then, outcome: "unsteady", saw: `${then.saw}, alone; in company ${first.saw}` };
}
