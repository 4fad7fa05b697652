import { closeSync, openSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import type { FlightEvent } from "./events.ts";

const writeAsync = promisify(write);

/** A page that tails the file sees an event at most this many milliseconds later. */
const FLUSH_MS = 20;

/** A file grows to this size and no further (engine-notes, item 9). */
export const FILE_BYTES = 16 * 1024 * 1024;

/** The JSON lines of a record's file: gathered, and written in the background in order. */
export class Lines {
  readonly #fd: number;
  #pending: string[] = [];
  #bytes: number;
  #full = false;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;
  #closed = false;

  /** Creates the file with its header line; throws what `open` throws. */
  constructor(file: string, header: object) {
    this.#fd = openSync(file, "w");
    try {
      this.#bytes = writeSync(this.#fd, `${JSON.stringify(header)}\n`);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Takes one event; a full file takes one last line that says so. */
  add(event: FlightEvent): void {
    if (this.#full || this.#closed) return;
    const line = `${JSON.stringify(event)}\n`;
    this.#bytes += Buffer.byteLength(line);
    this.#full = this.#bytes > FILE_BYTES;
    this.#pending.push(this.#full ? `${JSON.stringify({ t: event.t, kind: "count", note: "the file is full: later events are in memory only" })}\n` : line);
    this.#timer ??= setTimeout(() => void this.#start(), FLUSH_MS).unref();
  }

  /** Resolves when all lines so far are written; rejects with the first failure to write. */
  async flush(): Promise<void> {
    await this.#start();
    if (this.#failure) throw this.#failure;
  }

  /** Writes the rest and closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#start();
    this.#closed = true;
    closeSync(this.#fd);
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#pending.join("");
    this.#pending = [];
    if (text !== "") this.#writing = this.#writing.then(() => this.#write(Buffer.from(text)));
    return this.#writing;
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) at += (await writeAsync(this.#fd, bytes, at, bytes.length - at, null)).bytesWritten;
    } catch (error) {
      this.#failure ??= error;
    }
  }
}
