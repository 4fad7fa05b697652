import type { FlightEvent } from "#engine/record/events.ts";

/** What a failed expectation says: the required state, the state found, and the events where the two part. */
export interface Unmet {
  expected: string;
  seen: string;
  timeline?: readonly FlightEvent[];
  /** Those of `timeline` that prove what is said: they are shown however long it is. Without them it turns where `tell` says. */
  proof?: readonly FlightEvent[];
}

/** A condition of the contract does not hold. It ends the check that found it. */
export class NotYet extends Error {
  readonly unmet: Unmet;

  constructor(unmet: Unmet) {
    super(`Expected ${unmet.expected}: ${unmet.seen}`);
    this.name = "NotYet";
    this.unmet = unmet;
  }
}

/** Ids of the diagnoses that any lesson may end with, because they are about a program and not about NATS. */
export type CommonMistake =
  | "missing-program" | "does-not-parse" | "crashes-at-start" | "never-connects"
  | "never-ready" | "hangs" | "floods" | "too-big" | "left-too-early";

/** A program could not take part in a check at all. It is the learner's to mend, so the check fails. */
export class ProgramFailure extends NotYet {
  readonly mistake: CommonMistake;
  readonly text: string;
  /** Where to look, relative to the repository: `lessons/…/worker.ts`, with `:line` where known. */
  readonly file: string;

  constructor(mistake: CommonMistake, said: { text: string; file: string; unmet: Unmet }) {
    super(said.unmet);
    this.name = "ProgramFailure";
    this.mistake = mistake;
    this.text = said.text;
    this.file = said.file;
  }
}

/** A condition rests on a witness this run does not have: the wire, under `WORKSHOP_TAP=off`. */
export class NotJudged extends Error {
  constructor(why: string) {
    super(why);
    this.name = "NotJudged";
  }
}

/** Ends the check unless `holds`. The texts complete "Expected …" and "Seen: …". */
export function expect(holds: boolean, unmet: Unmet | (() => Unmet)): asserts holds {
  if (!holds) throw new NotYet(typeof unmet === "function" ? unmet() : unmet);
}

/** `WORKSHOP_PATIENCE`: what every deadline is multiplied by on a slow machine; 1 when unset or unusable. */
export function patience(): number {
  const set = Number(process.env.WORKSHOP_PATIENCE ?? 1);
  return Number.isFinite(set) && set >= 1 ? set : 1;
}
