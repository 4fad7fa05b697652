import { StandingDelay } from "./delay.ts";
import { StandingFailure, StandingLimit } from "./failure.ts";
import { StandingHold } from "./hold.ts";
import type { HoldPoint } from "./hold.ts";
import type { Answer, Ledger, LedgerLine, WorldRecord } from "./ledger.ts";
import { StandingQueue } from "./queue.ts";
import type { StandingTrouble, Trouble } from "./trouble.ts";

/** All that is wrong with the world now. What begins and ends stands in the flight record as `fault` and `undo`. */
export class Troubles {
  readonly #standing = new Set<StandingTrouble>();
  readonly #record: WorldRecord;
  readonly #ledger: Ledger;

  constructor(record: WorldRecord, ledger: Ledger) {
    this.#record = record;
    this.#ledger = ledger;
  }

  /** The troubles that are not undone, oldest first. */
  get standing(): readonly Trouble[] {
    return [...this.#standing];
  }

  /** Lets a trouble begin. */
  begin<T extends StandingTrouble>(trouble: T): T {
    this.#standing.add(trouble);
    this.#record.add({ kind: "fault", note: `world: ${trouble.name}` });
    trouble.undone.addEventListener("abort", () => this.#over(trouble), { once: true });
    return trouble;
  }

  /** Undoes everything: calls that wait go on. */
  calm(): void {
    for (const trouble of this.#standing) trouble.undo();
  }

  /** The answer to a call that is one too many at the same time. */
  tooMany(line: LedgerLine): Answer | undefined {
    return firstOf(this.#all(StandingLimit), (limit) => limit.refuses(line, this.#ledger));
  }

  /** Waits in every queue that the call has to stand in. */
  async queue(line: LedgerLine, gone: AbortSignal): Promise<void> {
    for (const queue of this.#all(StandingQueue)) await queue.enter(line, gone);
  }

  /** Waits as long as the services take. */
  async delay(line: LedgerLine, gone: AbortSignal): Promise<void> {
    for (const delay of this.#all(StandingDelay)) if (delay.takes(line)) await delay.pass(gone);
  }

  /** Waits where the check holds calls. */
  async hold(point: HoldPoint, line: LedgerLine, gone: AbortSignal): Promise<void> {
    for (const hold of this.#all(StandingHold)) if (hold.point === point && hold.takes(line)) await hold.keep(line, gone);
  }

  /** The failure that this call meets. */
  failure(line: LedgerLine): Answer | undefined {
    return firstOf(this.#all(StandingFailure), (failure) => (failure.takes(line) ? failure.answer : undefined));
  }

  /** Frees the places of a call that has ended. */
  left(line: LedgerLine): void {
    for (const queue of this.#all(StandingQueue)) queue.leave(line);
  }

  #over(trouble: StandingTrouble): void {
    this.#standing.delete(trouble);
    this.#record.add({ kind: "undo", note: `world: ${trouble.name}` });
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- a constructor of any arguments
  #all<T extends StandingTrouble>(kind: new (...args: any[]) => T): T[] {
    return [...this.#standing].filter((trouble): trouble is T => trouble instanceof kind);
  }
}

function firstOf<T>(troubles: T[], ask: (trouble: T) => Answer | undefined): Answer | undefined {
  for (const trouble of troubles) {
    const answer = ask(trouble);
    if (answer) return answer;
  }
  return undefined;
}
