import type { ChildProcess } from "node:child_process";
import { launch } from "./launch.ts";
import { LimitWatch, NO_LIMITS, type LimitName, type Limits } from "./limits.ts";
import { Output } from "./output.ts";
import { processorTime, tagged } from "./processes.ts";
import type { Reaper } from "./reaper.ts";

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** Set when one of our limits ended it. */
  limit?: LimitName;
  /** With `limit`: how it passed it, in words that go on from "it": `wrote more than 8 MiB`. */
  detail?: string;
  /** `performance.now()` when the process itself was gone. */
  at: number;
}

export interface GroupOptions {
  cwd: string;
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>;
  /** Called in messages and labels by this name. */
  name: string;
  /** `ipc` opens a message channel as well; standard input itself is always empty. */
  stdin?: "ignore" | "ipc";
  /** None when absent. */
  limits?: Limits;
  reaper?: Reaper;
  /** Takes over a process that runs already as leader of its own group, with both pipes unread. */
  adopt?: ChildProcess;
  /** The clock of the output lines, in milliseconds; `performance.now()` when absent. */
  now?: () => number;
  /** A variable of `env` that no other group has: finds descendants that left the group (Linux). */
  tag?: string;
}

/** A process and everything it starts. */
export interface ProcessGroup extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly output: Output;
  /** Set once the process ended and its pipes are read to the end. */
  readonly exit?: Exit;
  readonly exited: Promise<Exit>;
  /** True from the moment a limit has stopped it, a while before `exit` says so. */
  readonly stopped: boolean;
  /** SIGKILL, SIGSTOP and SIGCONT reach the whole group, everything else the leader. False when it is gone. */
  signal(name: NodeJS.Signals): boolean;
  /** Begins its limit on time again. */
  renew(): void;
  /** Share of one processor that the leader uses during the next `overMs` milliseconds (200): 1 is a busy loop. */
  cpu(overMs?: number): Promise<number>;
  /** SIGKILL to the group, then waits for the exit and the pipes. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts `command` as leader of a process group of its own. Throws a `Refusal` when it cannot be started. */
export function spawnGroup(command: string[], options: GroupOptions): ProcessGroup {
  return new Group(options.adopt ?? launch(command, options), options);
}

/** Once the process is gone, its pipes are given up when they bring nothing for this long. */
const QUIET_PIPES_MS = 100;
const LONGEST_WAIT_FOR_PIPES_MS = 1_000;
const TO_THE_GROUP: NodeJS.Signals[] = ["SIGKILL", "SIGSTOP", "SIGCONT"];

class Group implements ProcessGroup {
  readonly name: string;
  readonly pid: number;
  readonly output: Output;
  readonly exited: Promise<Exit>;
  exit?: Exit;
  readonly #child: ChildProcess;
  readonly #options: GroupOptions;
  readonly #watch: LimitWatch;
  #limit: Pick<Exit, "limit" | "detail"> = {};
  #lastByte = 0;

  constructor(child: ChildProcess, options: GroupOptions) {
    this.name = options.name;
    this.pid = child.pid!;
    this.#child = child;
    this.#options = options;
    options.reaper?.group(this.pid);
    this.output = new Output(options.now);
    this.#watch = new LimitWatch(child, options.limits ?? NO_LIMITS, (limit, detail) => this.#stop(limit, detail));
    this.#read();
    this.exited = this.#end();
  }

  signal(name: NodeJS.Signals): boolean {
    return this.exit === undefined && send(TO_THE_GROUP.includes(name) ? -this.pid : this.pid, name);
  }

  get stopped(): boolean {
    return this.#limit.limit !== undefined;
  }

  renew(): void {
    this.#watch.renew();
  }

  async cpu(overMs = 200): Promise<number> {
    const [from, before] = [performance.now(), await processorTime(this.pid)];
    await Promise.race([this.exited, new Promise((resolve) => setTimeout(resolve, overMs))]);
    if (this.exit) return 0;
    return Math.max(0, (await processorTime(this.pid)) - before) / (performance.now() - from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
    await this.#killStrays();
  }

  #read(): void {
    const heard = (bytes: number): void => {
      this.#lastByte = performance.now();
      this.#watch.count(bytes);
    };
    if (this.#child.stdout) this.output.read(this.#child.stdout, "out", heard);
    if (this.#child.stderr) this.output.read(this.#child.stderr, "err", heard);
  }

  // Reading goes no further: a flood must not be stored while its process is on the way out.
  #stop(limit: LimitName, detail: string): void {
    this.#limit = { limit, detail };
    send(-this.pid, "SIGKILL");
    if (limit === "output") this.#closePipes();
  }

  async #end(): Promise<Exit> {
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const exit = await endOf(this.#child);
    this.#watch.end();
    await this.#pipesDone(closed);
    this.#leave();
    this.exit = { ...exit, ...this.#limit };
    return this.exit;
  }

  // A grandchild may hold the pipes open for ever. Quiet is judged after a look at the pipes (setImmediate).
  async #pipesDone(closed: Promise<void>): Promise<void> {
    const from = performance.now();
    let patience: NodeJS.Timeout | undefined;
    const quiet = new Promise<void>((resolve) => {
      patience = setInterval(() => setImmediate(() => this.#quietSince(from) && resolve()), QUIET_PIPES_MS);
    });
    await Promise.race([closed, quiet]);
    clearInterval(patience);
    this.#closePipes();
  }

  #quietSince(from: number): boolean {
    const now = performance.now();
    return now - Math.max(from, this.#lastByte) > QUIET_PIPES_MS || now - from > LONGEST_WAIT_FOR_PIPES_MS;
  }

  #closePipes(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  // The group id stays ours as long as a member lives, and is given to nobody else in the same moment.
  #leave(): void {
    send(-this.pid, "SIGKILL");
    this.output.flush();
    this.#options.reaper?.forget(this.pid);
  }

  async #killStrays(): Promise<void> {
    const { tag, env } = this.#options;
    const value = tag && env[tag];
    if (tag && value) for (const pid of await tagged(tag, value)) send(pid, "SIGKILL");
  }
}

/** Signals a process, or with a negative number a group. False when it is gone. */
export function send(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function endOf(child: ChildProcess): Promise<Exit> {
  const exit = (): Exit => ({ code: child.exitCode, signal: child.signalCode, at: performance.now() });
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(exit());
  return new Promise((resolve) => child.once("exit", () => resolve(exit())));
}
