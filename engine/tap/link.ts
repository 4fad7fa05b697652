import { connect, type Socket } from "node:net";
import type { FlightRecord } from "#engine/record/flight.ts";
import type { Identity } from "#engine/record/events.ts";
import type { Backlog } from "./backlog.ts";
import type { Direction } from "./frame.ts";
import { Interpreter } from "./interpret.ts";
import type { Ending } from "./lane-options.ts";
import { Lane } from "./lane.ts";

/** One connection through the tap, as it stands. */
export interface Link {
  /** `cid` in /connz; undefined until INFO came. */
  connection: number | undefined;
  /** The port of the server behind the tap: a `cid` is a number of that server's. */
  server: number;
  program: string;
  life: number;
  open: boolean;
  /** MSG and HMSG frames passed on to the program, counted as the server does (`out_msgs`): without 503 statuses. */
  delivered: number;
  /** PUB and HPUB frames passed on to the server. */
  published: number;
  /** Messages for the program that the tap has seen and not passed on; they stay counted when it closed before. */
  waiting: number;
  /** Messages for the program that a fault has lost. */
  lost: number;
  /** Bytes in the tap's memory, both directions. */
  buffered: number;
}

/** What a connection needs to know. */
export interface LinkOptions {
  program: Socket;
  to: { host: string; port: number };
  record: FlightRecord;
  backlog: Backlog;
  as?: Identity | undefined;
  /** The door's port. */
  port: number;
  /** CONNECT was seen: the connection has its name. */
  named(link: LiveLink): void;
  /** Both sides are closed. */
  gone(link: LiveLink): void;
}

/** A connection between a program and the server: two lanes, and the closing of both sides. */
export class LiveLink {
  readonly wire: Interpreter;
  readonly toServer: Lane;
  readonly toProgram: Lane;
  readonly #options: LinkOptions;
  readonly #program: Socket;
  readonly #server: Socket;
  #open = true;
  #stands = false;
  #closed = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#program = options.program;
    this.wire = new Interpreter({ as: options.as, port: options.port });
    this.#server = connect({ host: options.to.host, port: options.to.port, allowHalfOpen: true, noDelay: true });
    this.toServer = this.#lane("to-server", this.#program, this.#server);
    this.toProgram = this.#lane("to-program", this.#server, this.#program);
    this.#server.once("connect", () => {
      this.#stands = true;
      this.toProgram.begin();
      this.toServer.begin();
    });
    this.#watch(this.#program, "program");
    this.#watch(this.#server, "server");
  }

  /** The connection as a plain object. */
  get state(): Link {
    const { toProgram, toServer, wire } = this;
    return {
      connection: wire.connection, server: this.#options.to.port, program: wire.program, life: wire.life, open: this.#open,
      delivered: toProgram.passed, published: toServer.passed, lost: toProgram.lost,
      waiting: toProgram.seen - toProgram.passed - toProgram.lost,
      buffered: toProgram.buffered + toServer.buffered,
    };
  }

  get open(): boolean {
    return this.#open;
  }

  /** Directions whose bytes the parser did not understand. */
  get blind(): number {
    return Number(this.toServer.isBlind) + Number(this.toProgram.isBlind);
  }

  /** Resets both sides at once, as a cable that is cut. */
  cut(): void {
    this.#options.backlog.flush();
    this.#over("cut by the tap");
    reset(this.#program);
    reset(this.#server);
  }

  #lane(direction: Direction, from: Socket, to: Socket): Lane {
    const { wire } = this;
    return new Lane({
      direction, from, to,
      read: direction === "to-program" ? (frame) => wire.fromServer(frame) : (frame) => {
        const event = wire.fromProgram(frame);
        if (frame.verb === "CONNECT") this.#options.named(this);
        return event;
      },
      record: (event, t) => this.#options.record.keep(event, t),
      backlog: this.#options.backlog,
      blind: (why) => this.#options.record.keep({ ...wire.event("error"), note: `the tap cannot read this connection ${direction} any more (${why}); the bytes go on unread` }),
      over: (how) => this.#pass(how, direction, to),
    });
  }

  #watch(socket: Socket, side: "program" | "server"): void {
    const lane = side === "program" ? this.toServer : this.toProgram;
    const other = side === "program" ? this.toProgram : this.toServer;
    let over = false;
    const leave = (how: Ending) => {
      if (over) return;
      over = true;
      this.#options.backlog.flush();
      if (side === "program") this.#over(`${WORDS[how]} by the program`);
      other.deafen();
      if (how === "end") lane.end();
      else lane.reset();
    };
    socket.on("end", () => leave("end"));
    socket.on("error", () => leave("reset"));
    socket.on("close", () => {
      leave("reset");
      other.stop();
      if (++this.#closed === 2) this.#options.gone(this);
    });
  }

  #pass(how: Ending, direction: Direction, to: Socket): void {
    if (direction === "to-program") this.#over(this.#stands ? `${WORDS[how]} by the server` : `no server at ${this.#options.to.host}:${this.#options.to.port}`);
    if (how === "end") to.end();
    else resetAfter(to);
  }

  #over(note: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#options.record.keep({ ...this.wire.event("disconnect"), port: this.#options.port, note });
  }
}

const WORDS: Record<Ending, string> = { end: "closed", reset: "reset" };

/** How long bytes that the receiver has no room for may hold up the reset behind them. */
const RESET_AFTER_MS = 1_000;

// A reset throws away what Node still has to write; the sender had sent that before it went.
function resetAfter(socket: Socket): void {
  if (socket.writableLength === 0) return reset(socket);
  const timer = setTimeout(() => reset(socket), RESET_AFTER_MS);
  socket.once("drain", () => reset(socket)).once("close", () => clearTimeout(timer));
}

// While its last bytes and its end are on their way, Node cannot reset a socket: the try fails, the socket stays open
// for ever, and the process spins in its own clean-up when it ends. Such a socket is closed.
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
