import type { FlightEvent } from "#engine/record/events.ts";
import type { Lab } from "./lab.ts";
import { breath, stretch } from "./clock.ts";
import { settled } from "./settled.ts";
import { NotYet, patience } from "./words.ts";

/** What `lab.until` needs to know besides the condition. */
export interface UntilOptions {
  /** Completes "Expected …". */
  expected: string;
  /** Completes "Seen: …" when the condition never held. */
  seen: () => string;
  timeline?: () => readonly FlightEvent[];
  /** Those of `timeline` that prove what was seen: they are shown however long it is. */
  proof?: () => readonly FlightEvent[];
  /** The longest wait in milliseconds, times patience and `crowding()`; 10,000 unless it says otherwise. */
  within?: number;
  /** True where the condition may come true although nothing moves: a program's own timer, a server's. */
  evenIfQuiet?: boolean;
  /** True while the check holds calls or traffic on purpose: what is held then does not count as movement. */
  holding?: boolean;
  /** How long everything must be still before the wait is given up; 400 ms unless it says otherwise, times patience. */
  idle?: number;
}

/**
 * With every program asleep, nothing on the wire and no call open for this long, what has not come will not come:
 * a failing verdict does not have to wait for the deadline.
 */
const IDLE_MS = 400;

/**
 * Waits for a condition and answers its value as soon as it is truthy.
 * Throws `NotYet` at the deadline, or as soon as nothing moves any more and it still does not hold.
 */
export async function until<T>(lab: Lab, condition: () => T | Promise<T>, options: UntilOptions): Promise<NonNullable<T>> {
  const stop = new AbortController();
  const within = options.within ?? 10_000;
  const deadline = performance.now() + within * stretch();
  let idle = false;
  if (!options.evenIfQuiet) {
    void settled(lab, { within, quiet: (options.idle ?? IDLE_MS) * patience(), signal: stop.signal, holding: options.holding === true }).then(
      (still) => {
        idle ||= still;
        return idle;
      },
      () => false,
    );
  }
  try {
    for (let round = 0; ; round++) {
      const begun = performance.now();
      const over = idle || lab.closed || begun > deadline;
      const value = await condition();
      if (value) return value;
      if (over) throw new NotYet({ expected: options.expected, seen: options.seen(), timeline: options.timeline?.() ?? [], proof: options.proof?.() ?? [] });
      await breath(round, performance.now() - begun);
    }
  } finally {
    stop.abort();
  }
}
