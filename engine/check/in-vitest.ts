import { basename, dirname } from "node:path";
import { expect, test } from "vitest";
import type { Registered } from "./register.ts";
import type { Verdict } from "./verdict.ts";

let verdict: Promise<Verdict> | undefined;

/**
 * Registers a vitest test that reads one check's outcome from a single run of the lesson with `all`.
 * The runner is imported when the test runs: `register.ts` waits for this file while it is loaded.
 */
export function asTest(id: string, registered: Registered): void {
  const folder = basename(dirname(expect.getState().testPath ?? ""));
  test(id, async () => {
    verdict ??= run(folder, registered);
    const { checks, error } = await verdict;
    const found = checks.find((one) => one.id === id);
    expect(found?.outcome, error?.text ?? found?.diagnosis?.text ?? found?.seen).toMatch(/passed|shown|skipped/);
  });
}

async function run(folder: string, registered: Registered): Promise<Verdict> {
  const [{ loadLesson }, { runLesson }] = await Promise.all([import("#engine/lessons/catalogue.ts"), import("./runner.ts")]);
  return runLesson(await loadLesson(folder), { all: true, registered });
}
