import type { ChildProcess } from "node:child_process";
import { familyOf, memoryOf } from "./processes.ts";

/** What one process and its children may use. `Infinity` lifts a limit. */
export interface Limits {
  /** Milliseconds from the start (of an adopted process: from its adoption). */
  wallMs: number;
  /** Resident memory of the largest process of the group, in bytes. */
  rssBytes: number;
  outputBytesPerSecond: number;
  outputBytes: number;
  /** Processes below the leader. */
  descendants: number;
  /** Size of one written file, in bytes. Beyond it a write fails with EFBIG. */
  fileBytes: number;
}

/** Which limit ended a process. */
export type LimitName = "time" | "memory" | "output" | "processes";

const MIB = 1024 * 1024;

/** The limits of a check. They guard against accidents; they are no sandbox. */
export const LIMITS: Limits = {
  wallMs: 60_000,
  rssBytes: 512 * MIB,
  outputBytesPerSecond: MIB,
  outputBytes: 8 * MIB,
  descendants: 32,
  fileBytes: 64 * MIB,
};

/** No limit at all: for a debugger (`--no-limits`) and for what we start ourselves. */
export const NO_LIMITS: Limits = {
  wallMs: Infinity,
  rssBytes: Infinity,
  outputBytesPerSecond: Infinity,
  outputBytes: Infinity,
  descendants: Infinity,
  fileBytes: Infinity,
};

const POLL_MS = 250;

/** Hears which limit was passed, and how, in words that go on from "it". */
export type OnLimit = (limit: LimitName, detail: string) => void;

/** Watches one process against its limits until `end()`; calls `onLimit` once at most. */
export class LimitWatch {
  readonly #limits: Limits;
  readonly #onLimit: OnLimit;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #wall: NodeJS.Timeout | undefined;
  #ended = false;
  #bytes = 0;
  #second = { from: performance.now(), bytes: 0 };

  constructor(child: ChildProcess, limits: Limits, onLimit: OnLimit) {
    this.#limits = limits;
    this.#onLimit = onLimit;
    if (limits.wallMs < Infinity) this.#wall = setTimeout(() => this.#hit("time", `ran longer than ${Number((limits.wallMs / 1000).toFixed(1))} s`), limits.wallMs);
    if (this.#wall) this.#timers.push(this.#wall);
    if (limits.rssBytes < Infinity || limits.descendants < Infinity) this.#timers.push(setInterval(() => void this.#poll(child.pid!), POLL_MS));
    // A watched process keeps the runner alive by its pipes, the watch itself must not.
    for (const timer of this.#timers) timer.unref();
  }

  /** Counts bytes of output. The second is a window that begins with the first byte after the last one ended. */
  count(bytes: number): void {
    const now = performance.now();
    if (now - this.#second.from > 1_000) this.#second = { from: now, bytes: 0 };
    this.#bytes += bytes;
    this.#second.bytes += bytes;
    const { outputBytes, outputBytesPerSecond } = this.#limits;
    if (this.#bytes > outputBytes) this.#hit("output", `wrote more than ${mib(outputBytes)}`);
    else if (this.#second.bytes > outputBytesPerSecond) this.#hit("output", `wrote more than ${mib(outputBytesPerSecond)} in one second`);
  }

  /** From now on it may run for `wallMs` again. */
  renew(): void {
    if (!this.#ended) this.#wall?.refresh();
  }

  /** Ends the watch. */
  end(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #poll(leader: number): Promise<void> {
    const family = await familyOf(leader);
    const children = family.length - 1;
    if (children > this.#limits.descendants) return this.#hit("processes", `started more than ${this.#limits.descendants} processes`);
    const memory = Math.max(0, ...(await memoryOf(family)));
    if (memory > this.#limits.rssBytes) this.#hit("memory", `used more than ${mib(this.#limits.rssBytes)} of memory`);
  }

  #hit(limit: LimitName, detail: string): void {
    if (this.#ended) return;
    this.end();
    this.#onLimit(limit, detail);
  }
}

function mib(bytes: number): string {
  return `${Math.round((bytes / MIB) * 10) / 10} MiB`;
}
