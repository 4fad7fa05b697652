import type { Result } from "./judge.ts";

/** The proof as a table: a line for each row, and for each lesson how long its solution takes against its budget. */
export function table(results: Result[]): string {
  const width = Math.max(...results.map(({ row }) => row.name.length), 8);
  const lines = results.map(({ row, outcome, seconds, saw }) => {
    const mark = { right: "✓", wrong: "✗", unsteady: "~", "not run": "·" }[outcome];
    return `  ${mark} ${row.lesson.id.padEnd(18)} ${row.kind.padEnd(8)} ${row.name.padEnd(width)} ${seconds.toFixed(2).padStart(6)} s  ${saw}`;
  });
  return [...lines, "", "  Each solution beside its budget, which is for an idle machine; too slow is more than twice that:", ...budgets(results)].join("\n");
}

/** Lessons that wait run six at a time in the proof: three for each processor. */
const COMPANY = { quick: 1, waits: 3, load: 1 };

/**
 * Lessons whose solution took more than twice its budget: the workshop promises a learner's minute. Budgets are
 * for an idle machine; `slowness` is how many times longer this one took to start a process during the proof.
 */
export function overBudget(results: Result[], slowness: number): Result[] {
  return results.filter(({ row, seconds }) => {
    const budget = row.lesson.budget * COMPANY[row.lesson.pace] * Math.max(1, slowness);
    return row.kind === "solution" && seconds * 1000 > 2 * budget;
  });
}

/** How often each row was right over several rounds: `20 of 20`. */
export function flakes(rounds: Result[][]): string[] {
  const all = rounds.flat();
  const names = [...new Set(all.map(({ row }) => `${row.lesson.id} ${row.name}`))];
  return names.flatMap((name) => {
    const mine = all.filter(({ row }) => `${row.lesson.id} ${row.name}` === name);
    const wrong = mine.filter(({ outcome }) => outcome === "wrong");
    return wrong.length === 0 ? [] : [`${name}: ${mine.length - wrong.length} of ${mine.length} right; saw ${[...new Set(wrong.map(({ saw }) => saw))].join(" | ")}`];
  });
}

function budgets(results: Result[]): string[] {
  return results
    .filter(({ row }) => row.kind === "solution")
    .map(({ row, seconds }) => `  ${row.lesson.id.padEnd(18)} solution ${seconds.toFixed(2)} s of ${(row.lesson.budget / 1000).toFixed(1)} s`);
}
