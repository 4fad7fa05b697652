/**
 * Where a process group and a folder are told to, so that they go even when the runner is killed.
 * The `Reaper` of `#engine/process/` has this shape.
 */
export interface ServerReaper {
  group(pid: number): void;
  forget(pid: number): void;
  folder(path: string): void;
}

/** How a server is to be started. Everything has a default that suits a check. */
export interface ServerOptions {
  /**
   * A configuration file to read. Address, ports and store are never taken from it: they are the ones below,
   * so that a server of ours cannot land on another one's.
   */
  config?: string;
  /** Client port. Default: a free one. */
  port?: number;
  /** Monitoring port. Default: a free one. */
  monitor?: number;
  /** JetStream's folder. Default: a temporary one, removed in the end. */
  store?: string;
  /** Default true. With `config`, false leaves it to the file. */
  jetstream?: boolean;
  /** Server name; white space becomes `-`, which nats-server requires. */
  name?: string;
  /** More command-line words for nats-server. */
  args?: string[];
  reaper?: ServerReaper;
  /** Path of the binary. Default: what findServer() finds. */
  binary?: string;
  /** How long it may take to come up, in milliseconds. Default 15,000, times WORKSHOP_PATIENCE. */
  within?: number;
}

/** How a server process ended. */
export interface ServerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running nats-server on 127.0.0.1. Its ports and its store outlive kill() and stop(). */
export interface NatsServer extends AsyncDisposable {
  /** `nats://127.0.0.1:4222` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:8222` */
  readonly monitor: string;
  /** JetStream's folder, absolute. */
  readonly store: string;
  readonly name: string;
  /** Process id of the present life, or of the last one. */
  readonly pid: number;
  readonly state: "running" | "paused" | "gone";
  /** Settles when the present life ends, for whatever reason. */
  readonly exited: Promise<ServerExit>;
  /**
   * Asks the monitoring port: `get("/connz?subs=1")`. Throws ServerError when the server is gone, paused or says no.
   */
  get<T>(path: string): Promise<T>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /**
   * SIGTERM, and waits for the end; after STOP_MS it is SIGKILL, and log() says so.
   */
  stop(): Promise<void>;
  /** SIGSTOP: the ports stay open and nobody answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Comes back on the same ports and the same store; a server that still runs is stopped first. */
  restart(): Promise<void>;
  /** The last 256 KiB of what it printed, over all its lives. */
  log(): string;
}
