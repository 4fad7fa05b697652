import { Gate } from "./gate.ts";
import type { LedgerLine } from "./ledger.ts";
import { StandingTrouble } from "./trouble.ts";
import type { Trouble, TroubleOptions } from "./trouble.ts";

/** Where a call can be held: before it has happened, or after it has and before the caller is told. */
export type HoldPoint = "before-effect" | "before-answer";

/** A place where calls wait until the check lets them go: how a program is killed at the exact moment. */
export interface Hold extends Trouble {
  /** The calls that wait here now, in order of arrival here. A caller that died is not among them. */
  readonly waiting: readonly LedgerLine[];
  /**
   * Resolves with the `count`-th waiting call (default the first) as soon as so many wait at the same time.
   * Rejects when the hold is released before. Has no deadline of its own.
   */
  reached(count?: number): Promise<LedgerLine>;
  /**
   * Lets those waiting go on, in order; new ones pass. The same as `undo()`.
   * After killing a caller wait until its line says `aborted`, or use `drop()`: its call may still be thought alive.
   */
  release(): void;
  /** Ends the calls that wait here without an answer, as if their callers had gone; the hold stays. */
  drop(): void;
}

interface Watcher {
  count: number;
  resolve: (line: LedgerLine) => void;
  reject: (error: Error) => void;
}

/** The hold behind `World.hold()`. */
export class StandingHold extends StandingTrouble implements Hold {
  readonly point: HoldPoint;
  readonly #gates = new Map<LedgerLine, Gate>();
  readonly #watchers = new Set<Watcher>();

  constructor(point: HoldPoint, options: TroubleOptions) {
    super(`hold ${point}`, options);
    this.point = point;
  }

  get waiting(): readonly LedgerLine[] {
    return [...this.#gates.keys()];
  }

  /** Keeps a call here. Throws CALLER_GONE when the caller goes away meanwhile. */
  async keep(line: LedgerLine, gone: AbortSignal): Promise<void> {
    const gate = new Gate(gone);
    this.#gates.set(line, gate);
    this.#tell();
    try {
      await gate.passed;
    } finally {
      this.#gates.delete(line);
    }
  }

  reached(count = 1): Promise<LedgerLine> {
    const reached = new Promise<LedgerLine>((resolve, reject) => {
      if (this.undone.aborted) reject(this.#neverReached(count));
      else this.#watchers.add({ count, resolve, reject });
    });
    // A check that gave up waiting must not bring its process down when the hold is released later.
    reached.catch(() => {});
    this.#tell();
    return reached;
  }

  release(): void {
    this.undo();
  }

  drop(): void {
    for (const gate of this.#gates.values()) gate.shut();
  }

  override undo(): void {
    super.undo();
    for (const gate of this.#gates.values()) gate.open();
    for (const { count, reject } of this.#watchers) reject(this.#neverReached(count));
    this.#watchers.clear();
  }

  #tell(): void {
    const { waiting } = this;
    for (const watcher of this.#watchers) {
      const line = waiting[watcher.count - 1];
      if (!line) continue;
      this.#watchers.delete(watcher);
      watcher.resolve(line);
    }
  }

  #neverReached(count: number): Error {
    return new Error(
      `Cannot wait for ${count} held ${count === 1 ? "call" : "calls"} as "${this.name}" is released: ${this.hits} had come`,
    );
  }
}
