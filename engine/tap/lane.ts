import type { Socket } from "node:net";
import type { NewEvent } from "#engine/record/events.ts";
import type { Direction, Frame } from "./frame.ts";
import { Parser } from "./parser.ts";
import { Pipe } from "./pipe.ts";

/** A fault as a lane sees it: it takes single frames out of the stream. */
export interface Gate {
  /** Whether this frame is to be kept or lost; counts the hit. */
  takes(frame: Piece): boolean;
  /** False: what it takes is lost. */
  keeps: boolean;
}

/** Bytes on their way, whole frames unless no gate was there to divide them, and what they mean. */
export interface Piece {
  bytes: Buffer[];
  events: NewEvent[];
  /** Messages among the frames: MSG and HMSG, or PUB and HPUB. */
  messages: number;
}

/** What a lane needs of its connection. */
export interface LaneOptions {
  direction: Direction;
  from: Socket;
  to: Socket;
  /** What a frame means. */
  read(frame: Frame): NewEvent | undefined;
  /** The program did this, or got it. */
  record(event: NewEvent): void;
  /** The parser has given up. */
  blind(why: string): void;
  /** The last byte has been passed on; `how` its sender ended. */
  over(how: Ending): void;
}

export type Ending = "end" | "reset";

/** Above this many bytes in hand the sender is told to wait. */
export const HELD_BYTES = 16 * 1024 * 1024;

/**
 * One direction of one connection. Without faults it passes every chunk on as it came and reads it afterwards;
 * a slow wire is a pipe at its end; gates that hold or lose make it pass frame by frame.
 */
export class Lane {
  /** Messages that came from the sender, and those that were passed on. */
  seen = 0;
  passed = 0;
  lost = 0;
  readonly #options: LaneOptions;
  readonly #parser: Parser;
  readonly #pipe: Pipe<Piece | Ending>;
  #gates: readonly Gate[] = [];
  #kept: { gate: Gate; piece: Piece }[] = [];
  /** The beginning of a frame whose end has not come, in the hands of a gate. */
  #partial: Buffer[] = [];
  /** The beginning of the present frame has been passed on already: the rest must follow. */
  #begun = false;
  #ending: Ending | undefined;
  #bytes = 0;
  #toldBlind = false;
  #deaf = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#parser = new Parser(options.direction);
    this.#pipe = new Pipe((item) => (typeof item === "string" ? options.over(item) : this.#write(item)));
  }

  /** Bytes that the tap has in memory for this direction. */
  get buffered(): number {
    return this.#bytes + this.#options.to.writableLength;
  }

  get isBlind(): boolean {
    return this.#parser.blind !== undefined;
  }

  /** Milliseconds every byte is kept. */
  set delay(ms: number) {
    this.#pipe.delay = ms;
  }

  /** Which gates stand in this lane from now on. What a removed one kept goes on in order. */
  set gates(gates: readonly Gate[]) {
    this.#gates = gates;
    this.#release();
    if (gates.length === 0) this.#passPartial();
  }

  /** Takes bytes from the sender. */
  take(chunk: Buffer): void {
    if (this.#gates.length > 0) this.#divide(chunk);
    else if (this.#pipe.busy) this.#delayWhole(chunk);
    else this.#passWhole(chunk);
    if (this.isBlind && !this.#toldBlind) {
      this.#toldBlind = true;
      this.#options.blind(this.#parser.blind ?? "");
    }
    this.#throttle();
  }

  /** The sender will send no more. It is passed on after the last byte. */
  end(): void {
    this.#ending = "end";
    this.#passPartial();
    this.#finish();
  }

  /** The sender is gone: what gates keep is lost, what is on the wire arrives, then the reset. */
  reset(): void {
    this.#kept = [];
    this.#partial = [];
    this.#ending = "reset";
    this.#finish();
  }

  /** The receiver has said that it is leaving: bytes still go its way, but no message counts as passed on. */
  deafen(): void {
    this.#deaf = true;
  }

  /** The receiver is gone. */
  stop(): void {
    this.#deaf = true;
    this.#pipe.clear();
    this.#kept = [];
    this.#partial = [];
    this.#bytes = 0;
  }

  /** The receiver has room again, or a gate has let go. */
  readonly throttled = (): void => this.#throttle();

  #passWhole(chunk: Buffer): void {
    this.#send(chunk);
    this.#parser.push(chunk, this.#pass);
    this.#begun = this.#parser.midFrame;
  }

  readonly #pass = (frame: Frame): void => {
    const event = this.#options.read(frame);
    if (isMessage(frame)) {
      this.seen++;
      if (!this.#deaf) this.passed++;
    }
    if (event) this.#record(event);
  };

  #delayWhole(chunk: Buffer): void {
    const piece: Piece = { bytes: [chunk], events: [], messages: 0 };
    this.#parser.push(chunk, (frame) => this.#note(frame, piece));
    this.#begun = this.#parser.midFrame;
    this.#push(piece);
  }

  #divide(chunk: Buffer): void {
    let from = 0;
    this.#parser.push(chunk, (frame) => {
      const piece: Piece = { bytes: [...this.#partial, chunk.subarray(from, frame.end)], events: [], messages: 0 };
      from = frame.end;
      this.#partial = [];
      this.#note(frame, piece);
      this.#frame(piece);
    });
    const rest = chunk.subarray(from);
    if (rest.length === 0) return;
    this.#partial.push(rest);
    if (this.#begun || this.isBlind || this.#gates.length === 0) this.#passPartial();
  }

  #note(frame: Frame, piece: Piece): void {
    const event = this.#options.read(frame);
    if (isMessage(frame)) {
      this.seen++;
      piece.messages++;
    }
    if (!event) return;
    if (this.#options.direction === "to-server") this.#record(event);
    piece.events.push(event);
  }

  #frame(piece: Piece): void {
    const gate = this.#begun ? undefined : this.#gates.find((gate) => gate.takes(piece));
    this.#begun = false;
    if (!gate) return this.#push(piece);
    if (!gate.keeps) return void (this.lost += piece.messages);
    this.#kept.push({ gate, piece });
    this.#bytes += sizeOf(piece);
  }

  #release(): void {
    const kept = this.#kept;
    if (kept.length === 0) return;
    this.#kept = kept.filter(({ gate }) => this.#gates.includes(gate));
    for (const { piece } of kept.filter(({ gate }) => !this.#gates.includes(gate))) {
      this.#bytes -= sizeOf(piece);
      this.#frameAgain(piece);
    }
    this.#throttle();
    if (this.#ending) this.#finish();
  }

  #frameAgain(piece: Piece): void {
    const begun = this.#begun;
    this.#begun = false;
    this.#frame(piece);
    this.#begun = begun;
  }

  #passPartial(): void {
    if (this.#partial.length === 0) return;
    this.#push({ bytes: this.#partial, events: [], messages: 0 });
    this.#partial = [];
    this.#begun = this.#parser.midFrame;
  }

  #push(piece: Piece): void {
    this.#bytes += sizeOf(piece);
    this.#pipe.push(piece);
  }

  #write(piece: Piece): void {
    this.#bytes -= sizeOf(piece);
    for (const bytes of piece.bytes) this.#send(bytes);
    if (!this.#deaf) this.passed += piece.messages;
    if (this.#options.direction === "to-program") for (const event of piece.events) this.#record(event);
    this.#throttle();
  }

  // What a program does is recorded when it does it, what it gets when it gets it: not after it has left.
  #record(event: NewEvent): void {
    if (this.#options.direction === "to-server" || !this.#deaf) this.#options.record(event);
  }

  #send(bytes: Buffer): void {
    const { to } = this.#options;
    if (to.writable) to.write(bytes);
  }

  #finish(): void {
    if (this.#ending && this.#kept.length === 0) this.#pipe.push(this.#ending);
  }

  #throttle(): void {
    const { from, to } = this.#options;
    const full = to.writableNeedDrain || this.#bytes > HELD_BYTES;
    if (full === from.isPaused()) return;
    if (full) from.pause();
    else from.resume();
  }
}

function isMessage(frame: Frame): boolean {
  return frame.verb === "MSG" || frame.verb === "PUB" || frame.verb === "HMSG" || frame.verb === "HPUB";
}

function sizeOf(piece: Piece): number {
  let size = 0;
  for (const bytes of piece.bytes) size += bytes.length;
  return size;
}
