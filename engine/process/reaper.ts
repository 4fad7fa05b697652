import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { basename } from "node:path";
import { claim, noteGroup } from "./claim.ts";
import { REAPER_SH } from "./reaper-sh.ts";

/** The variable that marks every process of one run, whatever becomes of its parent and its group. */
export const RUN_TAG = "WORKSHOP_RUN";

/** Kills and removes what it was told about when its runner ends, in whatever way. */
export interface Reaper extends AsyncDisposable {
  /** The value of `WORKSHOP_RUN` that the processes of this run have in their environment. */
  readonly run: string;
  /** A process group to kill at the end. */
  group(pid: number): void;
  /** This group has ended by itself. */
  forget(pid: number): void;
  /** A folder to remove at the end, after the groups are gone. Absolute. */
  folder(path: string): void;
}

export interface ReaperOptions {
  /**
   * The run's folder, `.workshop/run/<id>`: it is noted there whose it is, for `sweep()`, and at the end everything
   * in it is removed but `flight.jsonl`.
   */
  folder?: string;
}

/**
 * Opens a reaper: one `sh` that holds a pipe to us. When the pipe closes (at the end of `await using`, at a crash, at
 * SIGKILL of this process) it kills the groups, then every process that carries the run's tag (Linux), then removes
 * the folders. It leads a session of its own, so that Ctrl-C in the terminal does not reach it. 10 ms.
 */
export async function openReaper(options: ReaperOptions = {}): Promise<Reaper> {
  const child = spawn("/bin/sh", ["-c", REAPER_SH], { detached: true, stdio: ["pipe", "pipe", "ignore"], env: { PATH: process.env.PATH ?? "" }, cwd: "/" });
  await Promise.all([started(child), options.folder && claim(options.folder)]);
  letGo(child);
  return new PipeReaper(child, options.folder);
}

class PipeReaper implements Reaper {
  readonly run: string;
  readonly #child: ChildProcess;
  readonly #folder: string | undefined;
  readonly #notes = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(child: ChildProcess, folder: string | undefined) {
    this.run = folder ? basename(folder) : randomBytes(8).toString("hex");
    this.#child = child;
    this.#folder = folder;
    this.#tell("tag", `${RUN_TAG}=${this.run}`);
    if (folder) this.#tell("run", folder);
  }

  group(pid: number): void {
    this.#tell("group", String(pid));
    if (!this.#folder) return;
    const note = noteGroup(this.#folder, pid).finally(() => this.#notes.delete(note));
    this.#notes.add(note);
  }

  forget(pid: number): void {
    this.#tell("forget", String(pid));
  }

  folder(path: string): void {
    this.#tell("folder", path);
  }

  /** Lets it do its work now, and waits for the end of it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  // A small write to a pipe reaches the kernel before write() returns: SIGKILL right after it loses nothing.
  #tell(word: string, what: string): void {
    if (what.includes("\n")) throw new RangeError(`Cannot tell the reaper a name with a line end: ${JSON.stringify(what)}`);
    if (this.#child.stdin?.writable) this.#child.stdin.write(`${word} ${what}\n`);
  }

  async #close(): Promise<void> {
    await Promise.all(this.#notes);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.ref();
    this.#child.stdin?.end();
    await gone;
  }
}

async function started(child: ChildProcess): Promise<void> {
  const early = once(child, "exit").then(() => Promise.reject(new Error("Cannot open the reaper: its sh must wait for us, but it ended")));
  await Promise.race([once(child.stdout!, "data"), early]);
}

// A runner that has nothing else to do must be able to end.
function letGo(child: ChildProcess): void {
  child.unref();
  child.stdout?.destroy();
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin?.on("error", () => {});
}
