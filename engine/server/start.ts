import { findServer } from "./find.ts";
import { messageOf, ServerError } from "./errors.ts";
import { inWords, spawnLife, type Life } from "./life.ts";
import { Monitor } from "./monitor.ts";
import { argumentsFor, makePlace, type Place } from "./place.ts";
import { portsOf, type Ports } from "./ready.ts";
import { untilStopped } from "./stopped.ts";
import { Tail } from "./tail.ts";
import type { NatsServer, ServerExit, ServerOptions } from "./types.ts";

export type { NatsServer, ServerExit, ServerOptions, ServerReaper } from "./types.ts";

/** stop() sends SIGKILL when SIGTERM has not ended the server after this many milliseconds. */
export const STOP_MS = 5_000;

/** restart() tries for this many milliseconds to get its ports back. */
export const PORT_MS = 3_000;

/**
 * Starts a nats-server on 127.0.0.1 and waits until it listens (about 10 ms). JetStream is on, with a store of its own
 * in the temporary directory. Throws ServerMissing without a binary, ServerError with the log's tail when it does not come up.
 */
export async function startServer(options: ServerOptions = {}): Promise<NatsServer> {
  const binary = options.binary ?? (await findServer()).path;
  const place = await makePlace(options);
  const server = new LocalServer(binary, place, options);
  try {
    await server.begin({ client: options.port, monitor: options.monitor });
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

type WantedPorts = { [key in keyof Ports]?: number | undefined };

class LocalServer implements NatsServer {
  readonly host = "127.0.0.1";
  readonly name: string;
  readonly #binary: string;
  readonly #place: Place;
  readonly #options: ServerOptions;
  readonly #monitor = new Monitor();
  readonly #tail = new Tail();
  #ports: Ports = { client: 0, monitor: 0 };
  #life: Life | undefined;
  #paused = false;
  #closing: Promise<void> | undefined;

  constructor(binary: string, place: Place, options: ServerOptions) {
    this.#binary = binary;
    this.#place = place;
    this.#options = options;
    this.name = (options.name ?? `workshop-${++count}`).replace(/\s+/g, "-");
  }

  get url(): string { return `nats://${this.host}:${this.#ports.client}`; }
  get port(): number { return this.#ports.client; }
  get monitor(): string { return `http://${this.host}:${this.#ports.monitor}`; }
  get store(): string { return this.#place.store; }
  get pid(): number { return this.#life?.pid ?? 0; }
  get exited(): Promise<ServerExit> { return this.#life?.exited ?? Promise.resolve({ code: null, signal: null }); }
  get state(): "running" | "paused" | "gone" {
    if (!this.#life || this.#life.exit) return "gone";
    return this.#paused ? "paused" : "running";
  }

  /** One life: spawn, then wait for the ports. */
  async begin(wanted: WantedPorts): Promise<void> {
    const args = argumentsFor(this.#options, this.#place, this.name, wanted);
    this.#paused = false;
    this.#life = await spawnLife(this.#binary, { args, onLog: (text) => this.#tail.add(text), reaper: this.#options.reaper }).catch((error: unknown) => {
      throw new ServerError(`Cannot start ${this.#binary}: ${messageOf(error)}`, "npm run doctor", { cause: error });
    });
    this.#ports = await portsOf(this.#life, this.#place.ports, { tail: this.#tail, within: this.#options.within ?? 15_000 * patience() });
  }

  async get<T>(path: string): Promise<T> {
    if (this.state !== "running") throw new ServerError(`Cannot ask ${this.name} for ${path} as it must be running: ${this.#whyNot()}`, "npm run doctor");
    return this.#monitor.ask<T>(`${this.monitor}${path}`);
  }

  async kill(): Promise<void> {
    this.#life?.signal("SIGKILL");
    await this.exited;
  }

  async stop(): Promise<void> {
    this.#life?.signal("SIGTERM");
    this.resume(); // a paused process keeps the signal for later
    const alarm = setTimeout(() => this.#force(), STOP_MS);
    await this.exited;
    clearTimeout(alarm);
  }

  pause(): void {
    this.#paused = this.#life?.signal("SIGSTOP") ?? false;
    if (this.#paused) untilStopped(this.pid);
  }

  resume(): void {
    this.#life?.signal("SIGCONT");
    this.#paused = false;
  }

  async restart(): Promise<void> {
    if (this.#closing) throw new ServerError(`Cannot restart ${this.name} as it must be open: it is closed`, "npm run doctor");
    if (this.state !== "gone") await this.stop();
    const deadline = performance.now() + PORT_MS;
    while (!(await this.#begun())) if (performance.now() > deadline) return this.begin(this.#ports);
  }

  log(): string {
    return this.#tail.text();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.kill();
    this.#monitor.close();
    await this.#place[Symbol.asyncDispose]();
  }

  // While the server was away, an outgoing connection of some program may have been given its port for a moment.
  async #begun(): Promise<boolean> {
    try {
      await this.begin(this.#ports);
      return true;
    } catch (error) {
      if (!messageOf(error).includes("address already in use")) throw error;
      return false;
    }
  }

  #force(): void {
    this.#tail.add(`[workshop] SIGTERM did not end the server within ${STOP_MS} ms, SIGKILL follows\n`);
    this.#life?.signal("SIGKILL");
  }

  #whyNot(): string {
    return this.#life?.exit ? `it ${inWords(this.#life.exit)}` : `it is ${this.state}`;
  }
}

let count = 0;

function patience(): number {
  return Math.max(1, Number(process.env.WORKSHOP_PATIENCE) || 1);
}
