import type { FlightRecord } from "#engine/record/flight.ts";
import type { FlightEvent, Identity } from "#engine/record/events.ts";
import type { Direction } from "./frame.ts";
import type { LiveLink } from "./link.ts";
import type { Piece } from "./piece.ts";
import type { Gate } from "./sluice.ts";
import { matches } from "./subjects.ts";

/** Which connections and frames a fault is for. What is absent does not matter. */
export interface FaultOptions {
  /** `worker#2`, or `worker` for all its copies. */
  program?: string;
  life?: number;
  /** NATS wildcards are fine. Of an ack: the subject of the acked message; of a PubAck: the published subject; of a pull: `$JS.API.CONSUMER.MSG.NEXT.…`. */
  subject?: string;
  /** Looks at a frame that matches so far: false lets it pass. Without it, all are meant. */
  where?(event: FlightEvent): boolean;
  /** After so many frames the fault ends by itself. Default: 1 for lose(), no end for hold(). */
  times?: number;
}

/** A fault that was asked for. */
export interface Fault {
  /** In words, as it stands in the record. */
  readonly name: string;
  /** Frames (of a cut: connections) it has met. */
  readonly hits: number;
  /** Settles at the first hit. */
  readonly hit: Promise<void>;
  /** Ends it; what was kept goes on in order. Again: nothing happens. */
  undo(): Promise<void>;
}

/** What hold() can keep. */
export type Holdable = "puback" | "ack" | "deliver" | "publish" | "pull" | "all";

/** How a fault reaches the tap it belongs to. */
export interface FaultHost {
  record: FlightRecord;
  /** The set of faults, or who they are for, has changed. */
  changed(): void;
  /** It is over: forget it. */
  forget(fault: ActiveFault): void;
}

/** What all faults have: a name, hits, one undo, and a place in the record. */
export class ActiveFault implements Fault {
  readonly name: string;
  readonly hit: Promise<void>;
  readonly options: FaultOptions;
  /** Milliseconds of delay that it adds in each direction. */
  readonly delay: Partial<Record<Direction, number>> = {};
  readonly gates: Partial<Record<Direction, true>> = {};
  hits = 0;
  readonly #host: FaultHost;
  #settle: () => void = () => {};
  #over = false;

  constructor(host: FaultHost, name: string, options: FaultOptions) {
    this.#host = host;
    this.name = `${name}${scopeOf(options)}`;
    this.options = options;
    this.hit = new Promise((resolve) => (this.#settle = resolve));
    host.record.add({ kind: "fault", note: this.name, ...programOf(options) });
  }

  /** Whether this connection is meant. */
  covers(link: LiveLink): boolean {
    return this.means(link.wire);
  }

  /** Whether this process is meant. */
  means(who: Identity): boolean {
    const { program, life } = this.options;
    return (program === undefined || isOf(who.program, program)) && (life === undefined || life === who.life);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Counts a hit. */
  strike(): void {
    this.hits++;
    this.#settle();
  }

  /** Puts what happened to one frame in the record. */
  tell(words: string, about: FlightEvent | undefined): void {
    const { program, life, connection, subject, stream, sequence } = about ?? {};
    const facts = Object.entries({ program, life, connection, subject, stream, sequence }).filter(([, value]) => value !== undefined);
    this.#host.record.add({ kind: "fault", ...Object.fromEntries(facts), note: words });
  }

  async undo(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#host.record.add({ kind: "undo", note: this.name, ...programOf(this.options) });
    this.#host.forget(this);
    this.#host.changed();
  }
}

/** Loses or keeps frames of one kind. */
export class FrameFault extends ActiveFault implements Gate {
  readonly keeps: boolean;
  readonly #what: Holdable;

  constructor(host: FaultHost, what: Holdable, options: FaultOptions & { keeps: boolean }) {
    super(host, `${options.keeps ? "hold" : "lose"} ${what}`, options);
    this.keeps = options.keeps;
    this.#what = what;
    for (const direction of DIRECTIONS[what]) this.gates[direction] = true;
  }

  takes(piece: Piece): boolean {
    if (this.over || this.hits >= (this.options.times ?? Infinity) || !this.#wants(piece)) return false;
    this.strike();
    if (this.#what !== "all") this.tell(`${this.keeps ? "held" : "lost"}: ${this.#what}`, piece.events[0]);
    // A lost frame is over at once; a kept one stays until undo().
    if (!this.keeps && this.hits === this.options.times) void this.undo();
    return true;
  }

  #wants({ events: [event] }: Piece): boolean {
    const { subject, where } = this.options;
    if (subject !== undefined && (event?.subject === undefined || !matches(subject, event.subject))) return false;
    if (this.#what !== "all" && event?.kind !== this.#what) return false;
    return where === undefined || (event !== undefined && where(event));
  }
}

/** A pipe of some milliseconds in one direction or both. */
export class SlowFault extends ActiveFault {
  constructor(host: FaultHost, options: { ms: number; directions: Direction[] } & FaultOptions) {
    super(host, `slow ${options.directions.join(" and ")} by ${options.ms} ms`, options);
    for (const direction of options.directions) this.delay[direction] = options.ms;
  }
}

/** `worker` means every copy of it, as in the world. */
export function isOf(name: string, program: string): boolean {
  return name === program || name.startsWith(`${program}#`);
}

const DIRECTIONS: Record<Holdable, Direction[]> = {
  puback: ["to-program"],
  deliver: ["to-program"],
  ack: ["to-server"],
  publish: ["to-server"],
  pull: ["to-server"],
  all: ["to-program", "to-server"],
};

function scopeOf({ program, life, subject, times }: FaultOptions): string {
  const parts = [program && ` of ${program}`, life && ` (life ${life})`, subject && ` on ${subject}`, times !== undefined && times !== Infinity && ` ${times} time${times === 1 ? "" : "s"}`];
  return parts.filter(Boolean).join("");
}

function programOf({ program, life }: FaultOptions): { program?: string; life?: number } {
  return { ...(program === undefined ? {} : { program }), ...(life === undefined ? {} : { life }) };
}
