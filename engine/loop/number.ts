/** The digits of one number follow each other within this time. */
const TOGETHER_MS = 3_000;

/** The number that is typed before a key, as in `4 g`. One that no key has used for a while is forgotten. */
export class TypedNumber {
  #digits = "";
  #at = 0;

  /** Takes a digit, and answers false to any other key. */
  takes(key: string): boolean {
    if (!/^\d$/.test(key)) return false;
    const now = performance.now();
    this.#digits = now - this.#at > TOGETHER_MS ? key : this.#digits + key;
    this.#at = now;
    return true;
  }

  /** The digits so far, "" where there are none; the next one begins a new number. */
  end(): string {
    const digits = performance.now() - this.#at > TOGETHER_MS ? "" : this.#digits;
    this.#digits = "";
    return digits;
  }
}
