import { open, readFile, type FileHandle } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { FlightEvent } from "./events.ts";
import type { FlightHeader } from "./flight.ts";

/** A record as it lies in its file. */
export interface StoredRecord {
  header: FlightHeader;
  events: FlightEvent[];
}

/** How a file is followed. */
export interface FollowOptions {
  /** Ends the iteration. */
  signal?: AbortSignal;
  /** How often to look for more, in milliseconds (default 25). */
  every?: number;
}

/** Reads a record's file. A torn last line, as a killed process leaves it, is left out. Throws when it is no flight record. */
export async function readRecord(file: string): Promise<StoredRecord> {
  const [first, ...rest] = (await readFile(file, "utf8")).split("\n");
  const header = parse<FlightHeader>(first ?? "");
  if (header?.flight !== 1) throw new Error(`Cannot read ${file}: a flight record begins with a header line, this file begins with ${JSON.stringify((first ?? "").slice(0, 40))}`);
  return { header, events: rest.flatMap((line) => parse<FlightEvent>(line) ?? []) };
}

/**
 * What a record's file holds, then what is added to it, until `signal` aborts. Waits for a file that is not there yet.
 */
export async function* follow(file: string, options: FollowOptions = {}): AsyncGenerator<FlightEvent, void> {
  const { signal, every = 25 } = options;
  await using tail = new Tail(file);
  while (!signal?.aborted) {
    const lines = await tail.more();
    for (const line of lines) {
      const event = parse<FlightEvent>(line);
      if (event?.kind) yield event;
    }
    if (lines.length === 0) await pause(every, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

class Tail implements AsyncDisposable {
  readonly #file: string;
  readonly #decoder = new TextDecoder();
  #handle: FileHandle | undefined;
  #rest = "";

  constructor(file: string) {
    this.#file = file;
  }

  /** The whole lines that were added since the last call. */
  async more(): Promise<string[]> {
    this.#handle ??= await open(this.#file, "r").catch(() => undefined);
    if (!this.#handle) return [];
    const { bytesRead, buffer } = await this.#handle.read(Buffer.alloc(64 * 1024));
    const lines = (this.#rest + this.#decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close();
  }
}

function parse<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}
