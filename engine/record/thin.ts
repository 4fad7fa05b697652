import type { EventKind, FlightEvent } from "./events.ts";

/** Above this many events a second the file gets counts instead. */
export const FULL_RATE = 5_000;

/** One count line per kind and program stands for this many milliseconds. */
export const COUNT_MS = 50;

// What flows with the messages. Everything else is rare and tells the story: it is never thinned.
const FLOWING = new Set<EventKind>(["publish", "deliver", "puback", "pull", "ack", "nak", "term", "progress", "status", "ping", "pong", "call", "answer"]);

/**
 * Keeps a record's file small: up to 5,000 events a second pass as they are (a second's worth may come at once),
 * above that one `count` event stands for all of a kind and program within 50 ms.
 */
export class Thinner {
  readonly #pass: (event: FlightEvent) => void;
  readonly #rate: number;
  #tokens: number;
  #filledAt = 0;
  #counts = new Map<EventKind, FlightEvent[]>();
  #windowEnds = 0;
  #now = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `rate`: events a second that pass as they are. */
  constructor(pass: (event: FlightEvent) => void, rate: number = FULL_RATE) {
    this.#pass = pass;
    this.#rate = rate;
    this.#tokens = rate;
  }

  /** Passes an event on, or counts it. */
  add(event: FlightEvent): void {
    this.#now = event.t;
    if (this.#counts.size > 0 && event.t >= this.#windowEnds) this.flush();
    if (!FLOWING.has(event.kind)) return this.#pass(event);
    this.#fill(event.t);
    if (this.#counts.size > 0 || this.#tokens < 1) return this.#count(event);
    this.#tokens--;
    this.#pass(event);
  }

  /** Writes the counts of the window that is open. */
  flush(): void {
    clearTimeout(this.#timer);
    const counts = [...this.#counts.values()].flat();
    this.#counts.clear();
    for (const count of counts) this.#pass({ ...count, t: Math.max(count.t, Math.min(this.#now, this.#windowEnds)) });
  }

  close(): void {
    this.flush();
  }

  #fill(t: number): void {
    this.#tokens = Math.min(this.#rate, this.#tokens + ((t - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = t;
  }

  #count(event: FlightEvent): void {
    const { kind, program, life } = event;
    const known = this.#counts.get(kind)?.find((count) => count.program === program && count.life === life);
    if (known) known.count = (known.count ?? 0) + 1;
    else this.#begin(event);
  }

  #begin({ t, kind, program, life }: FlightEvent): void {
    if (this.#counts.size === 0) this.#openWindow(t);
    const count: FlightEvent = { t, kind: "count", of: kind, count: 1, ...(program === undefined ? {} : { program }), ...(life === undefined ? {} : { life }) };
    this.#counts.set(kind, [...(this.#counts.get(kind) ?? []), count]);
  }

  #openWindow(t: number): void {
    this.#windowEnds = t + COUNT_MS;
    this.#timer = setTimeout(() => this.flush(), COUNT_MS);
    this.#timer.unref();
  }
}
