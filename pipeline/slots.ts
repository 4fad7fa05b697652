/**
 * So many things at once, and no more: `take()` waits for a free
 * slot, `give()` gives it back, `all()` waits until every slot is.
 */
export class Slots {
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** How many are taken now. */
  get taken(): number {
    return this.#taken;
  }

  /** Undefined where a slot is free: `await` costs nothing then. */
  take(): Promise<void> | undefined {
    if (this.#taken < this.#size) return void this.#taken++;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    // A slot that somebody waits for changes hands.
    if (next) return next();
    this.#taken--;
    if (this.#taken > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  all(): Promise<void> {
    if (this.#taken === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}
