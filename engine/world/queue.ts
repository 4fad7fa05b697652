import { Gate } from "./gate.ts";
import type { LedgerLine } from "./ledger.ts";
import { StandingTrouble } from "./trouble.ts";
import type { Service } from "./services.ts";

/** Of which calls a bound counts those at the same time. */
export interface BoundOptions {
  service?: Service;
  /** Counts each program (each copy) by itself. */
  perCaller?: boolean;
}

/** A service with `places` benches: it takes up so many calls at once, the others wait in order of arrival. */
export class StandingQueue extends StandingTrouble {
  readonly #places: number;
  readonly #perCaller: boolean;
  readonly #served = new Set<LedgerLine>();
  readonly #waiting = new Map<LedgerLine, Gate>();

  constructor(places: number, { service, perCaller = false }: BoundOptions) {
    super(`${places} at a time${perCaller ? " for each caller" : ""}`, service ? { service } : {});
    this.#places = places;
    this.#perCaller = perCaller;
  }

  /** Waits until a place is free and takes it. Throws CALLER_GONE when the caller goes away meanwhile. */
  async enter(line: LedgerLine, gone: AbortSignal): Promise<void> {
    if (!this.takes(line)) return;
    const gate = new Gate(gone);
    this.#waiting.set(line, gate);
    this.#admit();
    try {
      await gate.passed;
    } finally {
      this.#waiting.delete(line);
    }
  }

  /** Frees the place of a call that has ended. */
  leave(line: LedgerLine): void {
    if (this.#served.delete(line)) this.#admit();
  }

  override undo(): void {
    super.undo();
    for (const gate of this.#waiting.values()) gate.open();
  }

  #admit(): void {
    for (const [line, gate] of this.#waiting) {
      if (this.#servedBeside(line) >= this.#places) continue;
      this.#waiting.delete(line);
      this.#served.add(line);
      gate.open();
    }
  }

  #servedBeside(line: LedgerLine): number {
    return [...this.#served].filter((other) => !this.#perCaller || other.program === line.program).length;
  }
}
