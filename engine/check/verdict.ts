/** How a lesson came out. `broken` is the workshop's fault, everything about the learner's files is `failed`. */
export type Outcome = "passed" | "failed" | "broken";

/** How one check came out. `shown` checks measure and cannot fail; `skipped` ones were not run. */
export type CheckOutcome = Outcome | "skipped" | "shown";

/** The mistake that was recognised, in the learner's words. */
export interface Diagnosis {
  id: string;
  text: string;
  /** The file to open, relative to the repository, with `:line` where it is known. */
  file?: string;
}

/** One check's part of a verdict. */
export interface CheckVerdict {
  id: string;
  title: string;
  outcome: CheckOutcome;
  seconds: number;
  expected?: string;
  seen?: string;
  /** Absent on a failure that no diagnosis explains. */
  diagnosis?: Diagnosis;
  /** The timeline, one line an event; the last is where required and seen part. */
  evidence?: string[];
  /** Indices of the lines of the timeline that no report leaves out. */
  turns?: number[];
  /** What a shown check measured, in words or numbers; of a passed one the figure that it `says`. */
  measured?: Record<string, unknown>;
  /** Why it was skipped. */
  why?: string;
}

/** What an expected or unexpected fault of the workshop says. */
export interface Trouble {
  text: string;
  next: string;
  /** Only for faults nobody expected. */
  stack?: string;
}

/** The verdict on one lesson; `--json` prints it without the fields marked for the terminal. */
export interface Verdict {
  lesson: string;
  outcome: Outcome;
  seconds: number;
  checks: CheckVerdict[];
  error?: Trouble;
  /** Terminal only: the last lines each program printed. */
  output: { program: string; lines: string[] }[];
  /** Where the flight record is, relative to the workshop's root. */
  record?: string;
  seed: string;
}

/** The exit code of a verdict: 0 passed, 1 not yet, 2 the workshop itself is broken. */
export function exitCode(verdict: Pick<Verdict, "outcome">): 0 | 1 | 2 {
  return verdict.outcome === "passed" ? 0 : verdict.outcome === "failed" ? 1 : 2;
}

/** The first check that failed. */
export function firstFailure(verdict: Verdict): CheckVerdict | undefined {
  return verdict.checks.find((check) => check.outcome === "failed" || check.outcome === "broken");
}
