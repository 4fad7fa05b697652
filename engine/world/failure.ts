import type { Answer, Ledger, LedgerLine } from "./ledger.ts";
import type { BoundOptions } from "./queue.ts";
import { StandingTrouble } from "./trouble.ts";
import type { TroubleOptions } from "./trouble.ts";

/** A service that answers with `status` and does nothing. */
export class StandingFailure extends StandingTrouble {
  readonly answer: Answer;

  constructor(status: number, options: TroubleOptions) {
    super(status === 402 ? "decline" : `fail with ${status}`, options);
    if (!Number.isInteger(status) || status < 400 || status > 599) throw new RangeError(notAFailure(status));
    this.answer = { status, body: { error: WORDS[status] ?? "This call fails" } };
  }
}

/** A service that answers 429 to a call that would be one too many at the same time. */
export class StandingLimit extends StandingTrouble {
  readonly #most: number;
  readonly #perCaller: boolean;

  constructor(most: number, { service, perCaller = false }: BoundOptions) {
    super(`limit ${most} at once${perCaller ? " for each caller" : ""}`, service ? { service } : {});
    this.#most = most;
    this.#perCaller = perCaller;
  }

  /** The 429 for this call, when it is one too many; only then it is a hit. */
  refuses(line: LedgerLine, ledger: Ledger): Answer | undefined {
    const atOnce = ledger.open(this.options.service).filter((other) => !this.#perCaller || other.program === line.program).length;
    if (atOnce <= this.#most || !this.takes(line)) return undefined;
    return { status: 429, body: { error: `${WORDS[429]}: ${atOnce} calls, ${this.#most} allowed` } };
  }
}

function notAFailure(status: number): string {
  return `Cannot fail with a status that is no failure: it must be from 400 to 599, current value is ${status}`;
}

const WORDS: Record<number, string> = {
  400: "This call will never work",
  402: "The card is declined",
  429: "Too many calls at once",
  500: "Something broke here",
  503: "Not now, try again later",
};
