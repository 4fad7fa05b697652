import { Gate } from "./gate.ts";
import { StandingTrouble } from "./trouble.ts";
import type { TroubleOptions } from "./trouble.ts";

/** A slow service: every call waits so many milliseconds before it has an effect. */
export class StandingDelay extends StandingTrouble {
  readonly #ms: () => number;

  constructor(ms: number | (() => number), options: TroubleOptions) {
    super(typeof ms === "number" ? `delay ${ms} ms` : "delay", options);
    this.#ms = typeof ms === "number" ? () => ms : ms;
  }

  /** Waits. Throws CALLER_GONE when the caller goes away meanwhile; ends early when the delay is undone. */
  async pass(gone: AbortSignal): Promise<void> {
    const gate = new Gate(gone);
    const open = () => gate.open();
    const timer = setTimeout(open, this.#ms());
    this.undone.addEventListener("abort", open, { once: true });
    try {
      await gate.passed;
    } finally {
      clearTimeout(timer);
      this.undone.removeEventListener("abort", open);
    }
  }
}
