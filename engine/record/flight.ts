import type { EventKind, FlightEvent, NewEvent } from "./events.ts";
import { Lines } from "./lines.ts";
import { Thinner } from "./thin.ts";

/** How a record is opened. */
export interface RecordOptions {
  /** The JSON lines go here as well; without it the record is kept in memory only. */
  file?: string;
  /** Id of the lesson, for the header line. */
  lesson?: string;
  /** Seed of the run, for the header line. */
  seed?: string;
  /** Events kept whole in memory (default 200,000); see `FlightRecord.events`. */
  memory?: number;
}

/** First line of a record's file. */
export interface FlightHeader {
  flight: 1;
  lesson?: string;
  seed?: string;
  /** Wall clock, ISO 8601. */
  startedAt: string;
}

/** What memory no longer holds. */
export interface Dropped {
  /** Events whose payload and headers were let go. */
  payloads: number;
  /** Events that are gone altogether, oldest first. */
  events: number;
}

type Listener = (event: FlightEvent) => void;
type Match = Partial<FlightEvent> | ((event: FlightEvent) => boolean);

const MEMORY = 200_000;

/** Opens a record. The file, if one is named, is created at once with its header line. Throws when it cannot be. */
export function openRecord(options: RecordOptions = {}): FlightRecord {
  return new FlightRecord(options);
}

/** The story of one run: everything that the wire, the programs, the world and the check did, on one clock. */
export class FlightRecord implements AsyncDisposable {
  readonly #opened = performance.now();
  readonly #memory: number;
  readonly #lines: Lines | undefined;
  readonly #thinner: Thinner | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #feeders = new Set<() => void>();
  readonly #dropped: Dropped = { payloads: 0, events: 0 };
  #events: FlightEvent[] = [];
  #stripped = 0;

  constructor(options: RecordOptions = {}) {
    this.#memory = options.memory ?? MEMORY;
    if (options.file === undefined) return;
    const lines = new Lines(options.file, headerOf(options));
    this.#lines = lines;
    this.#thinner = new Thinner((event) => lines.add(event));
  }

  /** Milliseconds since the record opened, on the monotonic clock. */
  now(): number {
    return performance.now() - this.#opened;
  }

  /** Stamps an event (with `t`, or now), keeps it, writes it, and tells the listeners. Returns the stamped copy. */
  add(event: NewEvent, t: number = this.now()): FlightEvent {
    this.#feed();
    return this.#take({ t: rounded(t), ...event });
  }

  /**
   * `bring` is called before anybody adds to the record or reads it: a source that gathers its events gives up here
   * what it has, so that the order of the record is the order in which things happened. Returns what ends it.
   */
  feed(bring: () => void): () => void {
    this.#feeders.add(bring);
    return () => void this.#feeders.delete(bring);
  }

  /** As add(), for a source's event, which was made for this record alone: it is stamped and kept without a copy. */
  keep(event: FlightEvent, t: number = this.now()): void {
    event.t = rounded(t);
    this.#take(event);
  }

  /**
   * What is in memory, oldest first. Above `memory` events the oldest lose payload and headers; above twice as
   * many, the oldest go. `dropped` counts both.
   */
  get events(): readonly FlightEvent[] {
    this.#feed();
    return this.#events;
  }

  get dropped(): Readonly<Dropped> {
    return this.#dropped;
  }

  /** Calls `listener` for every later event, in the same tick. Returns the function that ends it. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Events whose fields equal those of `match` (or for which it answers true), from time `from` (ms) on. */
  where(match: Match, from = 0): FlightEvent[] {
    const test = typeof match === "function" ? match : fieldsEqual(match);
    return this.events.filter((event) => event.t >= from && test(event));
  }

  /** Resolves when everything added so far is in the file. Rejects when it cannot be written. */
  async flush(): Promise<void> {
    this.#feed();
    this.#thinner?.flush();
    await this.#lines?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#feed();
    this.#listeners.clear();
    this.#thinner?.close();
    await this.#lines?.close();
  }

  #feed(): void {
    for (const bring of this.#feeders) bring();
  }

  #take(event: FlightEvent): FlightEvent {
    this.#events.push(event);
    if (this.#events.length > this.#memory) this.#makeRoom();
    this.#thinner?.add(event);
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  #makeRoom(): void {
    const at = this.#stripped++;
    const old = this.#events[at];
    if (old && (old.payload !== undefined || old.headers)) {
      this.#events[at] = stripped(old);
      this.#dropped.payloads++;
    }
    if (this.#events.length > 2 * this.#memory) this.#forget(Math.ceil(this.#memory / 4));
  }

  #forget(count: number): void {
    this.#events = this.#events.slice(count);
    this.#stripped -= count;
    this.#dropped.events += count;
  }
}

// Microseconds are enough, and shorter to write.
function rounded(t: number): number {
  return Math.round(t * 1000) / 1000;
}

function headerOf(options: RecordOptions): FlightHeader {
  return {
    flight: 1,
    ...(options.lesson === undefined ? {} : { lesson: options.lesson }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    startedAt: new Date().toISOString(),
  };
}

// Evidence may have frozen the event: then it is replaced.
function stripped(event: FlightEvent): FlightEvent {
  const bare = Object.isFrozen(event) ? { ...event } : event;
  bare.payload = bare.headers = undefined;
  return bare;
}

function fieldsEqual(match: Partial<FlightEvent>): (event: FlightEvent) => boolean {
  const wanted = Object.entries(match) as [keyof FlightEvent, unknown][];
  return (event) => wanted.every(([field, value]) => event[field] === value);
}

export type { EventKind, FlightEvent, NewEvent };
