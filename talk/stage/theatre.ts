import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Refusal } from "#engine/files/refusal.ts";
import { repositoryRoot, workshopRoot } from "#engine/files/root.ts";
import { portsFrom, type HousePorts } from "#engine/house/ports.ts";
import type { House } from "#engine/house/house.ts";
import { findLesson, type Lesson } from "#engine/lessons/catalogue.ts";
import { spawnGroup, type ProcessGroup } from "#engine/process/group.ts";
import { LIMITS } from "#engine/process/limits.ts";
import { programEnv } from "#engine/programs/env.ts";
import type { WarmPool } from "#engine/programs/pool.ts";
import { startProgram } from "#engine/programs/start.ts";
import { replacedBy } from "../session/standing.ts";
import type { Command, WorldChange } from "../text/command.ts";
import { withoutNpm } from "./npm.ts";
import { waitUntilReady } from "./ready.ts";

/** One line on the stage's terminal. */
export interface StageLine {
  /** Milliseconds on the house's record. */
  t: number;
  program: string;
  text: string;
  /** `command` for a line that was run, `note` for one of the stage itself. */
  stream: "out" | "err" | "command" | "note";
}

/** How the stage is opened. */
export interface TheatreOptions {
  house: House;
  pool?: WarmPool;
  /** Times of the world and of variables `…_MS` are multiplied by it: 1 on stage, less where nobody watches. */
  scale?: number;
}

/** The least ack wait that a busy machine keeps without a second delivery. */
const LEAST_MS = 1_500;
/** The least that a call takes, so that calls that are open at the same time are seen as such on a busy machine. */
const LEAST_CALL_MS = 300;
/** So long a program that is to be killed has to get an order into its hands. Milliseconds. */
const HANDS_MS = 3_000;
const HTTP_PORT = 8080;

/** The programs on stage, in the open house. */
export class Theatre implements AsyncDisposable {
  readonly house: House;
  readonly lines: StageLine[] = [];
  readonly #options: TheatreOptions;
  readonly #listeners = new Set<(line: StageLine) => void>();
  #running = new Map<string, ProcessGroup>();
  #lives = new Map<string, number>();

  constructor(options: TheatreOptions) {
    this.house = options.house;
    this.#options = options;
  }

  /** Names of the programs that run now. */
  get names(): string[] {
    return [...this.#running].filter(([, group]) => !group.exit).map(([name]) => name);
  }

  /** How a program of this scene ended; undefined while it runs, or when there is none. */
  exitOf(name: string): ProcessGroup["exit"] {
    return this.#running.get(name)?.exit;
  }

  /** Calls `listener` for every line from now on. Returns what ends it. */
  on(listener: (line: StageLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A command as it is typed here: with the port that this house has for `8080`. */
  shown(command: Command): string {
    const port = httpPort(this.house.ports);
    return port === HTTP_PORT ? command.text : command.text.replaceAll(`127.0.0.1:${HTTP_PORT}`, `127.0.0.1:${port}`);
  }

  /** Ends all programs and opens the house at another lesson, or anew at this one. */
  async moveTo(lessonId: string, { fresh = false }: { fresh?: boolean } = {}): Promise<void> {
    await this.stopAll();
    await this.house.moveTo(await findLesson(lessonId), { fresh });
  }

  /** SIGKILL to all programs. */
  async stopAll(): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(all.map((group) => group[Symbol.asyncDispose]()));
  }

  /** Runs a command: resolves when a service is ready, when a signal has arrived, when anything else has ended. */
  async run(command: Command): Promise<void> {
    this.say({ program: "", text: this.shown(command), stream: "command" });
    switch (command.kind) {
      case "world": return this.#change(command.change);
      case "signal": return this.#signal(command.name, command.signal);
      case "program": return this.#program(command);
      case "shell": return this.#shell(command);
    }
  }

  /** A line of the stage's own. */
  say(line: Omit<StageLine, "t">): void {
    const whole = { t: this.house.record.now(), ...line };
    this.lines.push(whole);
    if (this.lines.length > 5_000) this.lines.splice(0, 1_000);
    for (const listener of this.#listeners) listener(whole);
  }

  /** Waits until a program has a call to the outside world open, `within` milliseconds at most. */
  async inHand(program: string, within: number): Promise<void> {
    const deadline = performance.now() + within;
    const open = () => this.house.world.ledger.some((call) => call.program === program && call.ended === undefined);
    while (!open() && performance.now() < deadline) await pause(10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAll();
  }

  #change(change: WorldChange): void {
    const { world } = this.house;
    if (change.kind === "calm") return world.calm();
    if (change.kind === "declines") return void world.fail(402, { service: "charge", times: 1 });
    // The lesson may begin with a trouble of its own: this one takes its place.
    const [what, scale] = [change.kind === "takes" ? "delay" : "limit", this.#options.scale ?? 1];
    for (const trouble of world.troubles) if (trouble.name.startsWith(what) && trouble.name.endsWith(`for ${change.service}`)) trouble.undo();
    if (change.kind === "takes") world.delay(Math.max(Math.min(LEAST_CALL_MS, change.ms), change.ms * scale), { service: change.service });
    else world.limit(change.most, { service: change.service });
  }

  async #signal(name: string, signal: NodeJS.Signals): Promise<void> {
    const group = this.#running.get(name);
    if (!group || group.exit) throw new Refusal(`Cannot send ${signal} to ${name} as it does not run. Running: ${this.names.join(", ") || "nothing"}.`, "press the key for back, then next");
    // A crash is worth seeing while the program has something in hand.
    if (signal === "SIGKILL") await this.inHand(name, HANDS_MS);
    group.signal(signal);
    if (signal === "SIGKILL") await group.exited;
  }

  async #program({ name, file, args, env }: Extract<Command, { kind: "program" }>): Promise<void> {
    await Promise.all(replacedBy(name, this.names).map((old) => this.#leave(old)));
    const lesson = await lessonOf(file);
    const role = basename(file, ".ts");
    const def = lesson.programs[role];
    const { house } = this;
    const work = join(house.folder, "programs");
    await mkdir(work, { recursive: true });
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    const as = { program: name, life };
    const door = await house.tap.door({ to: house.address, as });
    const port: Record<string, string> = def?.port ? { PORT: String(httpPort(house.ports)) } : {};
    const program = await startProgram({
      name, life, file: role, dir: lesson.folder, lookIn: [lesson.folder], work, args, record: house.record, reaper: house.reaper, limits: { ...LIMITS, wallMs: Infinity },
      env: { NATS_URL: door.url, WORLD_URL: house.world.door(as), ...port, ...this.#scaled(env) },
      ...(this.#options.pool ? { pool: this.#options.pool } : {}),
    }).catch(async (error: unknown) => {
      await door[Symbol.asyncDispose]();
      throw new Refusal(`Cannot run ${file}: ${(error as Error).message}`, "mend it and save, or press the key for panic");
    });
    void program.exited.then(() => door[Symbol.asyncDispose]());
    this.#follow(name, program);
    if (def?.kind === "service") await waitUntilReady(house, program, { ...as, ...(def.port ? { port: httpPort(house.ports) } : {}) });
    else await program.exited;
  }

  async #shell({ name, words, text }: Extract<Command, { kind: "shell" }>): Promise<void> {
    const { natsUrl, worldUrl, reaper } = this.house;
    const root: Record<string, string> = process.env.WORKSHOP_ROOT ? { WORKSHOP_ROOT: workshopRoot() } : {};
    const group = spawnGroup(words[0] === "npm" ? withoutNpm(words) : words.map((word) => word.replace(`127.0.0.1:${HTTP_PORT}`, `127.0.0.1:${httpPort(this.house.ports)}`)), {
      cwd: repositoryRoot, name, reaper, now: () => this.house.record.now(),
      env: programEnv({ NATS_URL: natsUrl, WORLD_URL: worldUrl, NO_COLOR: "1", ...root }),
    });
    this.#follow(name, group);
    const { code } = await group.exited;
    if (code !== 0) this.say({ program: name, text: `(${text} ended with exit code ${code})`, stream: "note" });
  }

  async #leave(name: string): Promise<void> {
    const group = this.#running.get(name);
    this.#running.delete(name);
    group?.signal("SIGTERM");
    await Promise.race([group?.exited, pause(300, undefined, { ref: false })]);
    await group?.[Symbol.asyncDispose]();
  }

  #follow(name: string, group: ProcessGroup): void {
    this.#running.set(name, group);
    group.output.onLine(({ text, stream }) => text.trim() && this.say({ program: name, text, stream }));
    void group.exited.then(({ code, signal }) => {
      if (this.#running.get(name) !== group || (code === 0 && !signal)) return;
      this.say({ program: name, text: signal ? `(ended by ${signal})` : `(ended with exit code ${code})`, stream: "note" });
    });
  }

  #scaled(env: Record<string, string>): Record<string, string> {
    const { scale = 1 } = this.#options;
    if (scale === 1) return env;
    return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, name.endsWith("_MS") ? String(Math.max(LEAST_MS, Number(value) * scale)) : value]));
  }
}

/** The port that stands for 8080 in a house whose ports are moved. */
export function httpPort(ports: HousePorts): number {
  return HTTP_PORT + ports.clients - portsFrom().clients;
}

/** Whether a lesson's program goes on until it is stopped: `lessons/06-order-pipeline/payments.ts`. */
export async function lessonOf(file: string): Promise<Lesson> {
  return findLesson(file.split("/")[1] ?? "");
}
