import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";

/** One line that a process wrote. `t` is milliseconds on the clock of the process group (its `now`). */
export interface OutputLine {
  t: number;
  stream: "out" | "err";
  text: string;
}

/** What is kept of one process's output, in bytes. Older lines make room. */
export const KEPT_BYTES = 8 * 1024 * 1024;
/** A line longer than this is cut into several, so that output without line ends is seen as well. */
const LONGEST_LINE = 64 * 1024;

/** The labelled lane of one process: its standard output and standard error as lines, in order of arrival. */
export class Output {
  /** Bytes read since the start, also those no longer kept. */
  bytes = 0;
  readonly #now: () => number;
  readonly #listeners = new Set<(line: OutputLine) => void>();
  readonly #lanes: Lane[] = [];
  #lines: OutputLine[] = [];
  #kept = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The lines kept (the last 8 MiB), oldest first. */
  get lines(): readonly OutputLine[] {
    return this.#lines;
  }

  /** All lines kept of one stream, or of both, as one text. */
  text(stream?: OutputLine["stream"]): string {
    return this.#lines.filter((line) => !stream || line.stream === stream).map((line) => line.text).join("\n");
  }

  /** Calls `listener` for every line from now on. Returns the function that ends this. */
  onLine(listener: (line: OutputLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads a pipe. `onBytes` hears the size of each piece before it is split into lines. */
  read(from: Readable, stream: OutputLine["stream"], onBytes: (bytes: number) => void): void {
    const lane: Lane = { stream, decoder: new StringDecoder("utf8"), rest: "" };
    this.#lanes.push(lane);
    from.on("data", (chunk: Buffer) => {
      this.bytes += chunk.length;
      onBytes(chunk.length);
      this.#split(lane, lane.decoder.write(chunk));
    });
    // A pipe that breaks ends the lane; the exit tells the story.
    from.on("error", () => {});
  }

  /** Turns what stands without a line end into a line. The process group calls it at the exit. */
  flush(): void {
    for (const lane of this.#lanes) {
      const rest = lane.rest + lane.decoder.end();
      lane.rest = "";
      if (rest !== "") this.#push(lane.stream, rest);
    }
  }

  #split(lane: Lane, text: string): void {
    const pieces = text.split("\n");
    pieces[0] = lane.rest + pieces[0];
    lane.rest = pieces.pop() ?? "";
    for (const piece of pieces) this.#push(lane.stream, piece.endsWith("\r") ? piece.slice(0, -1) : piece);
    if (lane.rest.length < LONGEST_LINE) return;
    this.#push(lane.stream, lane.rest);
    lane.rest = "";
  }

  #push(stream: OutputLine["stream"], text: string): void {
    const line = { t: this.#now(), stream, text };
    this.#lines.push(line);
    this.#kept += size(line);
    if (this.#kept > KEPT_BYTES) this.#makeRoom();
    for (const listener of this.#listeners) listener(line);
  }

  // An eighth more than needed, so that a flood of short lines does not move the array at every line.
  #makeRoom(): void {
    let first = 0;
    for (; this.#kept > KEPT_BYTES - KEPT_BYTES / 8; first++) this.#kept -= size(this.#lines[first]!);
    this.#lines = this.#lines.slice(first);
  }
}

interface Lane {
  stream: OutputLine["stream"];
  decoder: StringDecoder;
  rest: string;
}

function size(line: OutputLine): number {
  return Buffer.byteLength(line.text) + 1;
}
