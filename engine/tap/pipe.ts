/**
 * A delay line: what goes in comes out after `delay` milliseconds, in order. With a delay of 0 and nothing
 * inside it passes at once.
 */
export class Pipe<T> {
  readonly #out: (item: T) => void;
  #queue: { due: number; item: T }[] = [];
  #delay = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: (item: T) => void) {
    this.#out = out;
  }

  /** True while something is inside, or would be kept. */
  get busy(): boolean {
    return this.#delay > 0 || this.#queue.length > 0;
  }

  /** What is inside now. */
  get length(): number {
    return this.#queue.length;
  }

  /** How long things stay, in milliseconds. With 0, all that is inside comes out at once. */
  set delay(ms: number) {
    this.#delay = ms;
    if (ms === 0) this.#release(Infinity);
  }

  push(item: T): void {
    if (!this.busy) return this.#out(item);
    const due = Math.max(this.#queue.at(-1)?.due ?? 0, performance.now() + this.#delay);
    this.#queue.push({ due, item });
    this.#arm();
  }

  /** Throws away what is inside. */
  clear(): void {
    this.#queue = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const next = this.#queue[0];
    if (next && this.#timer === undefined) this.#timer = setTimeout(() => this.#ring(), Math.max(1, next.due - performance.now()));
  }

  #ring(): void {
    this.#timer = undefined;
    this.#release(performance.now());
    this.#arm();
  }

  // What comes out may change the pipe (a closed connection clears it): each item is taken out first.
  #release(until: number): void {
    let count = 0;
    while (count < this.#queue.length && (this.#queue[count]?.due ?? Infinity) <= until) count++;
    for (const { item } of this.#queue.splice(0, count)) this.#out(item);
    if (this.#queue.length > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
