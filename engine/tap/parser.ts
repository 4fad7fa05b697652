import { emptyFrame, HEAD_BYTES, HEADER_BYTES, LINE_BYTES, type Direction, type Frame } from "./frame.ts";
import { NotNats, readLine, verbsOf } from "./line.ts";

const CR = 13;
const LF = 10;
const NOTHING = Buffer.alloc(0);

/**
 * Reads one direction of a connection as it streams by. Chunks may be torn anywhere; a payload is looked at,
 * never gathered: of a large one only the headers and the first HEAD_BYTES are kept until it has passed.
 * On bytes that it does not understand it goes blind for good and says why.
 */
export class Parser {
  /** Why the parser stopped reading; undefined while it reads. */
  blind: string | undefined;
  readonly #verbs;
  readonly #frame: Frame = emptyFrame();
  /** The beginning of a control line whose end has not come yet. */
  #line: Buffer = NOTHING;
  /** Bytes of headers, payload and CRLF still to come; 0 between frames. */
  #missing = 0;
  /** What is kept of a payload that came in pieces, and how much of it is there. */
  #kept: Buffer = NOTHING;
  #keptBytes = 0;
  #headerBytes = 0;

  constructor(direction: Direction) {
    this.#verbs = verbsOf(direction);
  }

  /** True when the bytes so far end inside a frame. */
  get midFrame(): boolean {
    return this.#missing > 0 || this.#line.length > 0;
  }

  /** Reads the next bytes and calls `onFrame` at the end of every frame, in order. */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    if (this.blind !== undefined) return;
    try {
      for (let at = 0; at < chunk.length; ) at = this.#missing > 0 ? this.#body(chunk, at, onFrame) : this.#control(chunk, at, onFrame);
    } catch (error) {
      // Whatever went wrong, also in whoever reads the frames: the bytes must go on flowing.
      this.blind = error instanceof NotNats ? error.message : `the tap failed: ${String(error)}`;
      this.#line = this.#kept = NOTHING;
      this.#missing = 0;
    }
  }

  #control(chunk: Buffer, from: number, onFrame: (frame: Frame) => void): number {
    const lf = chunk.indexOf(LF, from);
    if (lf < 0) return this.#tornLine(chunk, from);
    const follows = readLine(this.#takeLine(chunk, from, lf), this.#verbs, this.#frame);
    if (follows < 0) return this.#done(lf + 1, onFrame);
    this.#headerBytes = follows - this.#frame.size;
    this.#missing = follows + 2;
    return this.#wholeBody(chunk, lf + 1, onFrame);
  }

  #takeLine(chunk: Buffer, from: number, lf: number): string {
    if (this.#line.length > 0) {
      const line = Buffer.concat([this.#line, chunk.subarray(from, lf)]);
      this.#line = NOTHING;
      return textOf(line, 0, line.length);
    }
    return textOf(chunk, from, lf);
  }

  #tornLine(chunk: Buffer, from: number): number {
    this.#line = Buffer.concat([this.#line, chunk.subarray(from)]);
    if (this.#line.length > LINE_BYTES) throw new NotNats(`no end of line in ${LINE_BYTES} bytes`);
    return chunk.length;
  }

  /** The usual case: all of the payload is in the chunk, and nothing has to be copied. */
  #wholeBody(chunk: Buffer, at: number, onFrame: (frame: Frame) => void): number {
    const end = at + this.#missing;
    if (end > chunk.length) return this.#tornBody(at);
    if (chunk[end - 2] !== CR || chunk[end - 1] !== LF) throw new NotNats("a payload without CRLF at its end");
    this.#missing = 0;
    this.#show(chunk, at, end - 2);
    return this.#done(end, onFrame);
  }

  #tornBody(at: number): number {
    const whole = this.#missing - 2;
    this.#kept = Buffer.allocUnsafe(Math.min(whole, Math.min(this.#headerBytes, HEADER_BYTES) + HEAD_BYTES));
    this.#keptBytes = 0;
    return at;
  }

  #body(chunk: Buffer, at: number, onFrame: (frame: Frame) => void): number {
    const end = Math.min(chunk.length, at + this.#missing);
    if (this.#keptBytes < this.#kept.length) this.#keptBytes += chunk.copy(this.#kept, this.#keptBytes, at, end);
    this.#checkEnd(chunk, at, end);
    this.#missing -= end - at;
    if (this.#missing > 0) return end;
    this.#show(this.#kept, 0, this.#kept.length);
    this.#kept = NOTHING;
    return this.#done(end, onFrame);
  }

  // The two bytes of the CRLF may come in two chunks.
  #checkEnd(chunk: Buffer, at: number, end: number): void {
    const left = this.#missing - (end - at);
    const cr = end - 2 + left;
    if (left <= 1 && cr >= at && chunk[cr] !== CR) throw new NotNats("a payload without CRLF at its end");
    if (left === 0 && chunk[end - 1] !== LF) throw new NotNats("a payload without CRLF at its end");
  }

  #show(bytes: Buffer, from: number, to: number): void {
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.headerStart = from;
    frame.bodyStart = Math.min(from + this.#headerBytes, to);
    frame.bodyEnd = Math.min(frame.bodyStart + HEAD_BYTES, to);
  }

  #done(end: number, onFrame: (frame: Frame) => void): number {
    this.#frame.end = end;
    onFrame(this.#frame);
    this.#frame.bytes = NOTHING;
    return end;
  }
}

function textOf(bytes: Buffer, from: number, lf: number): string {
  const end = lf > from && bytes[lf - 1] === CR ? lf - 1 : lf;
  return bytes.toString("utf8", from, end);
}
