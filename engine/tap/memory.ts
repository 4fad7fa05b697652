/** A map that keeps the newest `most` entries and forgets the oldest. */
export class Memory<T> {
  readonly #most: number;
  readonly #map = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: T): void {
    this.#map.set(key, value);
    if (this.#map.size <= this.#most) return;
    const oldest = this.#map.keys().next();
    if (!oldest.done) this.#map.delete(oldest.value);
  }

  delete(key: string): void {
    this.#map.delete(key);
  }
}
