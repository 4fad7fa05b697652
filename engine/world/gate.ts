/** The reason of every wait that ends because its caller is no longer there. */
export const CALLER_GONE = new Error("The caller went away before its answer");

/** One call's wait: `passed` resolves at `open()`, and rejects with CALLER_GONE when the caller goes away or is shut out. */
export class Gate {
  readonly passed: Promise<void>;
  #resolve: () => void = () => {};
  #reject: (reason: Error) => void = () => {};
  readonly #gone: AbortSignal;

  constructor(gone: AbortSignal) {
    this.#gone = gone;
    this.passed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (gone.aborted) this.shut();
    else gone.addEventListener("abort", this.shut, { once: true });
  }

  /** Lets the call go on. */
  open(): void {
    this.#gone.removeEventListener("abort", this.shut);
    this.#resolve();
  }

  /** Ends the wait as if the caller had gone. */
  readonly shut = (): void => {
    this.#gone.removeEventListener("abort", this.shut);
    this.#reject(CALLER_GONE);
  };
}
