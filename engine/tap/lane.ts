import type { FlightEvent } from "#engine/record/events.ts";
import type { Frame } from "./frame.ts";
import type { Ending, LaneFaults, LaneOptions } from "./lane-options.ts";
import { Parser } from "./parser.ts";
import { pieceOf, sizeOf, type Piece } from "./piece.ts";
import { Pipe } from "./pipe.ts";
import { Sluice } from "./sluice.ts";

/** Above this many bytes in hand the sender is told to wait. */
export const HELD_BYTES = 16 * 1024 * 1024;

/**
 * One direction of one connection. Without faults it passes every chunk on as it came and reads it afterwards;
 * a slow wire is a pipe at its end; gates that hold or lose make it pass frame by frame.
 */
export class Lane {
  /** Messages that came from the sender, those that were passed on, and those that a gate lost. */
  seen = 0;
  passed = 0;
  lost = 0;
  readonly #options: LaneOptions;
  readonly #parser: Parser;
  readonly #sluice: Sluice;
  readonly #pipe: Pipe<Piece | Ending>;
  #delayed: () => void = () => {};
  #begun = false;
  #inPipe = 0;
  #readAt = 0;
  /** The last chunk went on as it came. */
  #whole = false;
  #ending: Ending | undefined;
  #deaf = false;
  #toldBlind = false;
  #over = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#parser = new Parser(options.direction);
    this.#pipe = new Pipe((item) => (typeof item === "string" ? options.over(item) : this.#write(item)));
    this.#sluice = new Sluice({ pass: (piece) => this.#push(piece), lose: (piece) => void (this.lost += piece.messages) });
  }

  /** Bytes that the tap has in memory for this direction. */
  get buffered(): number {
    return this.#inPipe + this.#sluice.bytes + this.#options.to.writableLength;
  }

  get isBlind(): boolean {
    return this.#parser.blind !== undefined;
  }

  /** Both sides stand: the sender may send. */
  begin(): void {
    this.#begun = true;
    this.#options.from.on("data", (chunk: Buffer) => this.take(chunk));
    this.#options.to.on("drain", () => this.throttle());
    this.throttle();
  }

  /** The faults that are in force from now on. */
  change(faults: LaneFaults): void {
    this.#delayed = faults.delayed;
    this.#pipe.delay = faults.delay;
    this.#sluice.setGates(faults.gates);
    this.#finish();
    this.throttle();
  }

  /** Takes bytes from the sender. */
  take(chunk: Buffer): void {
    if (this.#sluice.active || this.#pipe.busy) this.#takeApart(chunk);
    else this.#passWhole(chunk);
    this.throttle();
  }

  /** Reads bytes that were passed on whole at time `t`. */
  read(bytes: Buffer, t: number): void {
    this.#readAt = t;
    this.#parser.push(bytes, this.#passed);
    if (this.isBlind) this.#tellBlind();
  }

  /** The sender will send no more. That is passed on after the last byte. */
  end(): void {
    this.#ending = "end";
    this.#sluice.passPartial();
    this.#finish();
  }

  /** The sender is gone: what gates keep is lost, what is on the wire arrives, then the reset. */
  reset(): void {
    this.#ending = "reset";
    this.#sluice.clear();
    this.#finish();
  }

  /** The receiver has said that it is leaving: bytes still go its way, but no message counts as passed on. */
  deafen(): void {
    this.#deaf = true;
    this.#finish();
  }

  /** The receiver is gone. */
  stop(): void {
    this.#deaf = true;
    this.#pipe.clear();
    this.#sluice.clear();
    this.#inPipe = 0;
  }

  /** Lets the sender wait while the receiver has no room or too much is in hand. */
  throttle(): void {
    if (!this.#begun) return;
    const { from, to } = this.#options;
    const full = to.writableNeedDrain || this.#inPipe + this.#sluice.bytes > HELD_BYTES;
    if (full === from.isPaused()) return;
    if (full) from.pause();
    else from.resume();
  }

  #passWhole(chunk: Buffer): void {
    this.#send(chunk);
    this.#whole = true;
    this.#options.backlog.add(this, chunk);
  }

  // Nothing may be unread when frames decide about bytes.
  #takeApart(chunk: Buffer): void {
    this.#options.backlog.flush();
    if (this.#whole) this.#sluice.begun = this.#parser.midFrame;
    this.#whole = false;
    if (this.#sluice.active) this.#divide(chunk);
    else this.#delayWhole(chunk);
    if (this.isBlind) this.#tellBlind();
  }

  readonly #passed = (frame: Frame): void => {
    const event = this.#options.read(frame);
    if (isMessage(frame, event)) {
      this.seen++;
      if (!this.#deaf) this.passed++;
    }
    if (event) this.#record(event, this.#readAt);
  };

  #delayWhole(chunk: Buffer): void {
    const piece = pieceOf(chunk);
    this.#parser.push(chunk, (frame) => this.#note(frame, piece));
    this.#sluice.begun = this.#parser.midFrame;
    this.#push(piece);
  }

  #divide(chunk: Buffer): void {
    let from = 0;
    this.#parser.push(chunk, (frame) => {
      const piece = this.#sluice.whole(chunk.subarray(from, frame.end));
      from = frame.end;
      this.#note(frame, piece);
      this.#sluice.offer(piece);
    });
    this.#sluice.rest(chunk.subarray(from), this.isBlind);
  }

  #note(frame: Frame, piece: Piece): void {
    const event = this.#options.read(frame);
    if (isMessage(frame, event)) {
      this.seen++;
      piece.messages++;
    }
    if (!event) return;
    if (this.#options.direction === "to-server") this.#record(event);
    piece.events.push(event);
  }

  #push(piece: Piece): void {
    this.#inPipe += sizeOf(piece);
    if (this.#pipe.busy) this.#delayed();
    this.#pipe.push(piece);
  }

  #write(piece: Piece): void {
    this.#options.backlog.flush();
    this.#inPipe -= sizeOf(piece);
    for (const bytes of piece.bytes) this.#send(bytes);
    if (!this.#deaf) this.passed += piece.messages;
    if (this.#options.direction === "to-program") for (const event of piece.events) this.#record(event);
    this.throttle();
  }

  // What a program does is recorded when it does it, what it gets when it gets it: not after it has left.
  #record(event: FlightEvent, t?: number): void {
    if (this.#options.direction === "to-server" || !this.#deaf) this.#options.record(event, t);
  }

  #send(bytes: Buffer): void {
    const { to } = this.#options;
    if (to.writable) to.write(bytes);
  }

  // Nobody waits for what is kept for a receiver that has left.
  #finish(): void {
    if (!this.#ending || this.#over) return;
    if (this.#deaf) this.#sluice.clear();
    if (this.#sluice.keeping) return;
    this.#over = true;
    this.#pipe.push(this.#ending);
  }

  #tellBlind(): void {
    if (this.#toldBlind) return;
    this.#toldBlind = true;
    this.#options.blind(this.#parser.blind ?? "");
  }
}

// The server does not count the 503 that says "nobody hears this" among the messages it sent (/connz out_msgs).
function isMessage({ verb }: Frame, event: FlightEvent | undefined): boolean {
  return verb === "MSG" || verb === "PUB" || verb === "HPUB" || (verb === "HMSG" && event?.status !== 503);
}
