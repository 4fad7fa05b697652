/**
 * A queue that many may put into and one loop reads: keys, saves, results and output enter one place, and are
 * handled one after the other. The form is that of rustlings' watch events.
 */
export class Queue<T> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  put(item: T): void {
    this.#waiting.push(item);
    this.#wake?.();
  }

  /** Ends the reading after what is already there. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const item = this.#waiting.shift();
      if (item !== undefined) yield item;
      else if (this.#closed) return;
      else await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }
}
