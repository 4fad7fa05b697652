import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "#engine/files/root.ts";
import { send } from "#engine/process/group.ts";
import { launch } from "#engine/process/launch.ts";
import { LIMITS } from "#engine/process/limits.ts";
import type { Reaper } from "#engine/process/reaper.ts";
import { programEnv } from "./env.ts";
import { NODE } from "./node.ts";
import { makePackages } from "./packages.ts";

/** What a waiting process is to become. */
export interface Role {
  /** Path of the bundle. */
  bundle: string;
  args: string[];
  /** The whole environment. */
  env: Record<string, string>;
  cwd: string;
  /** Told about the process before it begins. */
  reaper?: Reaper;
}

/** Waiting node processes, ready to become a program. */
export interface WarmPool extends AsyncDisposable {
  /** How many wait now. */
  readonly waiting: number;
  /** Their pids. */
  readonly pids: readonly number[];
  /** Resolves when as many wait as the pool is to hold. */
  full(): Promise<void>;
  /** A check is over: what is missing is started now, and not after the rest. */
  refill(): void;
  /** A process that has become the program, both pipes unread; undefined when none was waiting. */
  take(role: Role): Promise<ChildProcess | undefined>;
}

/** A pool whose processes are asked for in quick succession grows to what was asked for, and no further than this. */
const MOST = 6;
/**
 * Nothing new is started until nobody has asked for this long, or `refill()` says that no check runs: one waiting
 * process costs as much of a processor as three empty ones, and a check has none to spare.
 */
const REST_MS = 2_000;

/**
 * Opens a pool that holds `size` waiting processes (60 MiB and 0.2 s of processor time each), or up to six where a
 * check asks for more. It returns at once and fills in the background, when nobody has asked for a while, and does not keep
 * its owner alive.
 */
export async function openPool(size: number): Promise<WarmPool> {
  return new Pool(size);
}

const WAITING = fileURLToPath(new URL("./waiting.mjs", import.meta.url));

class Pool implements WarmPool {
  #size: number;
  readonly #waiting: ChildProcess[] = [];
  readonly #starting = new Set<ChildProcess>();
  #filling: Promise<void> | undefined;
  #rest: NodeJS.Timeout | undefined;
  /** How many were asked for without a rest in between. */
  #asked = 0;
  /** How many wait for a full pool, whoever asks meanwhile. */
  #wanted = 0;
  #closed = false;

  constructor(size: number) {
    this.#size = size;
    this.#fill();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get pids(): number[] {
    return this.#waiting.map((child) => child.pid!);
  }

  async full(): Promise<void> {
    this.#wanted += 1;
    while (!this.#closed && this.#waiting.length < this.#size) await this.#fill();
    this.#wanted -= 1;
  }

  async take(role: Role): Promise<ChildProcess | undefined> {
    this.#fillAfterRest();
    for (let child = this.#waiting.shift(); child; child = this.#waiting.shift()) {
      if (await become(child, role)) return child;
    }
    return undefined;
  }

  refill(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#asked = 0;
    if (!this.#closed) void this.#fill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#rest);
    const all = [...this.#waiting.splice(0), ...this.#starting];
    await Promise.all(all.map(kill));
    await this.#filling;
  }

  #fillAfterRest(): void {
    if (this.#size === 0 || this.#closed) return;
    this.#asked += 1;
    this.#size = Math.max(this.#size, Math.min(MOST, this.#asked));
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.refill(), REST_MS).unref();
  }

  /** Starts what is missing, two at a time; asked for a process meanwhile, it goes on after the rest. */
  #fill(): Promise<void> {
    this.#filling ??= Promise.all([this.#startMissing(), this.#startMissing()]).then(() => {}).finally(() => { this.#filling = undefined; });
    return this.#filling;
  }

  async #startMissing(): Promise<void> {
    await makePackages();
    while (!this.#closed && this.#waiting.length + this.#starting.size < this.#size && (!this.#rest || this.#wanted > 0)) {
      const child = launch([...NODE, WAITING], { cwd: repositoryRoot, env: programEnv(), name: "a waiting process", stdin: "ipc", limits: LIMITS });
      this.#starting.add(child);
      const ready = await isWaiting(child);
      this.#starting.delete(child);
      if (!ready) return;
      if (this.#closed) return kill(child);
      letGo(child);
      child.once("exit", () => this.#forget(child));
      this.#waiting.push(child);
    }
  }

  #forget(child: ChildProcess): void {
    const place = this.#waiting.indexOf(child);
    if (place >= 0) this.#waiting.splice(place, 1);
  }
}

/** False when it ended before it was ready. */
async function isWaiting(child: ChildProcess): Promise<boolean> {
  return Promise.race([once(child, "message").then(() => true), once(child, "exit").then(() => false)]);
}

/** Hands the role over; true once the process says that it has it. A channel that closes without a word means it died. */
async function become(child: ChildProcess, { reaper, ...role }: Role): Promise<boolean> {
  if (!child.connected) return false;
  child.ref();
  reaper?.group(child.pid!);
  const taken = Promise.race([once(child, "message").then(() => true), once(child, "disconnect").then(() => false)]);
  child.send(role, () => {});
  if (await taken) return true;
  await kill(child);
  reaper?.forget(child.pid!);
  return false;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.ref();
  send(-child.pid!, "SIGKILL");
  await gone;
}

// Whoever owns the pool may end while processes wait; they follow when the channel closes.
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  for (const pipe of [child.stdout, child.stderr]) (pipe as unknown as { unref(): void } | null)?.unref();
}
