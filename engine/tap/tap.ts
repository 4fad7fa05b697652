import type { Socket } from "node:net";
import type { FlightRecord } from "#engine/record/flight.ts";
import { Backlog } from "./backlog.ts";
import { CutFault } from "./cut.ts";
import { ListeningDoor, type Door, type DoorOptions } from "./door.ts";
import { FrameFault, isOf, SlowFault, type ActiveFault, type Fault, type FaultHost, type FaultOptions, type Holdable } from "./faults.ts";
import type { Direction } from "./frame.ts";
import { LiveLink, type Link } from "./link.ts";

export type { Door, DoorOptions } from "./door.ts";
export type { Fault, FaultOptions, Holdable } from "./faults.ts";
export type { Link } from "./link.ts";

/** A slow wire: whole connections, because bytes keep their order. */
export interface SlowOptions extends Pick<FaultOptions, "program" | "life"> {
  ms: number;
  /** Default both; then each way takes `ms`. */
  direction?: Direction | "both";
}

/** Which connections to cut. */
export interface CutOptions extends Pick<FaultOptions, "program" | "life"> {
  /** Also refuse new ones until undo(). */
  refuse?: boolean;
}

/** What has gone through the tap. */
export interface Counts {
  /** MSG and HMSG passed on. */
  toProgram: number;
  /** PUB and HPUB passed on. */
  toServer: number;
  /** Connections that are open. */
  connections: number;
  /** Directions that are passed on unread. */
  blind: number;
}

/** Closed connections that links() still tells of. */
const REMEMBERED = 2_000;

/** Opens a tap without doors. It listens on 127.0.0.1 only. */
export async function openTap(options: { record: FlightRecord }): Promise<Tap> {
  return new Tap(options.record);
}

/**
 * The wire tap: a proxy between programs and servers that sees what is said without taking part in it. The server
 * has no interest, consumer or advisory more because of it. On demand it loses, holds, slows and cuts.
 */
export class Tap implements AsyncDisposable {
  readonly #record: FlightRecord;
  readonly #doors = new Set<ListeningDoor>();
  readonly #live = new Set<LiveLink>();
  readonly #faults = new Set<ActiveFault>();
  readonly #host: FaultHost;
  readonly #backlog: Backlog;
  readonly #unfeed: () => void;
  #past: Link[] = [];
  #blind = 0;

  constructor(record: FlightRecord) {
    this.#record = record;
    this.#backlog = new Backlog(() => record.now());
    this.#unfeed = record.feed(this.#backlog.flush);
    this.#host = { record, changed: () => this.#refreshAll(), forget: (fault) => void this.#faults.delete(fault) };
  }

  /** Opens a port that leads to a server. Throws when the port is taken. */
  async door(options: DoorOptions): Promise<Door> {
    const door: ListeningDoor = new ListeningDoor(options, {
      now: () => this.#record.now(),
      come: (socket) => this.#come(socket, door),
      closed: () => void this.#doors.delete(door),
    });
    await door.open();
    this.#doors.add(door);
    for (const fault of this.#faults) if (fault instanceof CutFault) fault.meet(door);
    return door;
  }

  /** Loses the next one (or `times`), then ends by itself. */
  lose(what: "ack" | "puback", options: FaultOptions = {}): Fault {
    return this.#start(new FrameFault(this.#host, what, { times: 1, ...options, keeps: false }));
  }

  /** Keeps matching frames until undo() sends them on in order; other frames pass. `all` keeps both directions whole. */
  hold(what: Holdable, options: FaultOptions = {}): Fault {
    return this.#start(new FrameFault(this.#host, what, { ...options, keeps: true }));
  }

  /** Every byte takes `ms` longer, in order. undo() lets what is on its way arrive at once. */
  slow(options: SlowOptions): Fault {
    const { direction = "both", ...rest } = options;
    return this.#start(new SlowFault(this.#host, { ...rest, directions: direction === "both" ? ["to-program", "to-server"] : [direction] }));
  }

  /** Cuts matching connections now, both sides by a reset. */
  cut(options: CutOptions = {}): Fault {
    const fault = new CutFault(this.#host, options);
    this.#start(fault);
    fault.strikeAll([...this.#live], [...this.#doors]);
    return fault;
  }

  /** The faults that are in force. */
  get faults(): readonly Fault[] {
    return [...this.#faults];
  }

  /** What was passed on so far, of all programs or of one; `worker` means all its copies. */
  counts(program?: string): Counts {
    const links = this.links().filter((link) => program === undefined || isOf(link.program, program));
    const sum = (what: "delivered" | "published") => links.reduce((total, link) => total + link[what], 0);
    const blind = [...this.#live].reduce((total, link) => total + link.blind, this.#blind);
    return { toProgram: sum("delivered"), toServer: sum("published"), connections: links.filter((link) => link.open).length, blind };
  }

  /** Every connection, oldest first; of the closed ones the last 2,000. */
  links(): Link[] {
    this.#backlog.flush();
    return [...this.#past, ...[...this.#live].map((link) => link.state)];
  }

  /** Closes all doors and connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const door of this.#doors) await door[Symbol.asyncDispose]();
    for (const link of this.#live) link.cut();
    this.#unfeed();
  }

  #start(fault: ActiveFault): Fault {
    this.#faults.add(fault);
    this.#refreshAll();
    return fault;
  }

  #come(program: Socket, door: ListeningDoor): void {
    const link = new LiveLink({
      program, to: door.options.to, as: door.options.as, port: door.port, record: this.#record, backlog: this.#backlog,
      named: (link) => this.#named(link),
      gone: (link) => this.#gone(link),
    });
    this.#live.add(link);
    this.#refresh(link);
  }

  #named(link: LiveLink): void {
    for (const fault of this.#faults) if (fault instanceof CutFault) fault.named(link);
    this.#refresh(link);
  }

  #gone(link: LiveLink): void {
    this.#live.delete(link);
    this.#blind += link.blind;
    this.#past.push(link.state);
    if (this.#past.length > REMEMBERED) this.#past.shift();
  }

  #refreshAll(): void {
    for (const link of this.#live) this.#refresh(link);
  }

  #refresh(link: LiveLink): void {
    const faults = [...this.#faults].filter((fault) => fault.covers(link));
    for (const [direction, lane] of [["to-server", link.toServer], ["to-program", link.toProgram]] as const) {
      const slow = faults.filter((fault) => fault.delay[direction] !== undefined);
      lane.change({
        delay: Math.max(0, ...slow.map((fault) => fault.delay[direction] ?? 0)),
        delayed: () => slow.forEach((fault) => fault.strike()),
        gates: faults.filter((fault): fault is FrameFault => fault instanceof FrameFault && fault.gates[direction] === true),
      });
    }
  }
}
