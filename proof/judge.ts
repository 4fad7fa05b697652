import { execFileSync } from "node:child_process";
import { firstFailure, type Verdict } from "#engine/check/verdict.ts";
import type { Row } from "./rows.ts";

/**
 * How one row came out. `seconds` is the run's own time, without waiting for its turn. "unsteady" was wrong in
 * company and right on a second look, alone.
 */
export interface Result {
  row: Row;
  outcome: "right" | "wrong" | "unsteady" | "not run";
  seconds: number;
  /** What was seen, in a few words; why, when it is not what was wanted. */
  saw: string;
}

/** Compares a verdict with what the row must give. */
export function judge(row: Row, verdict: Verdict): Result {
  const saw = sawOf(verdict);
  const wanted = row.fails ? `${row.fails.check} · ${row.fails.diagnosis}` : "passed";
  return { row, outcome: saw === wanted ? "right" : "wrong", seconds: verdict.seconds, saw: saw === wanted ? saw : `${saw} (wanted ${wanted}; seed ${verdict.seed})` };
}

/** A row whose commands this machine does not have is reported as not run; in CI that is a failure. */
export function missingCommand(row: Row): string | undefined {
  return row.needs.find((command) => !has(command));
}

function sawOf(verdict: Verdict): string {
  if (verdict.error) return `broken: ${verdict.error.text}`;
  const failed = firstFailure(verdict);
  if (!failed) return "passed";
  return `${failed.id} · ${failed.diagnosis?.id ?? `no diagnosis: ${failed.seen}`}`;
}

function has(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
