import { createServer, type Server, type Socket } from "node:net";
import type { Identity } from "#engine/record/events.ts";

/** Where a door leads, and who comes through it. */
export interface DoorOptions {
  /** The server behind the tap. */
  to: { host: string; port: number };
  /** Whose connections these are. Absent: events are named after CONNECT's name, else "client 7". */
  as?: Identity;
  /** Default: a free one. */
  port?: number;
}

/** A port of the tap, on 127.0.0.1, that leads to a server. */
export interface Door extends AsyncDisposable {
  /** `nats://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Connections that were accepted so far, and when the last one was (record time, ms). */
  readonly dials: number;
  readonly lastDial: number | undefined;
  /** Has connections that come from now on lead to another server; those that stand, stand. */
  leadTo(server: { host: string; port: number }): void;
  /** Connections are refused from now on, as by a server that is down; those that stand, stand. */
  refuse(): void;
  /** Listens again; resolves when it does. A door that was refused twice needs two. */
  accept(): Promise<void>;
}

/** What a door does with who comes. */
export interface DoorKeeper {
  now(): number;
  come(socket: Socket): void;
  closed(door: ListeningDoor): void;
}

/** The listener of one door. */
export class ListeningDoor implements Door {
  options: DoorOptions;
  dials = 0;
  lastDial: number | undefined;
  readonly #keeper: DoorKeeper;
  #server: Server | undefined;
  #port = 0;
  #refusals = 0;
  #closed = false;

  constructor(options: DoorOptions, keeper: DoorKeeper) {
    this.options = options;
    this.#keeper = keeper;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Starts to listen. Throws when the port is taken. */
  async open(): Promise<void> {
    this.#port = await this.#listen(this.options.port ?? 0);
  }

  leadTo(server: { host: string; port: number }): void {
    this.options = { ...this.options, to: server };
  }

  refuse(): void {
    this.#refusals++;
    this.#server?.close();
    this.#server = undefined;
  }

  async accept(): Promise<void> {
    this.#refusals = Math.max(0, this.#refusals - 1);
    if (this.#refusals === 0 && !this.#server && !this.#closed) await this.#listen(this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#server?.close();
    this.#server = undefined;
    this.#keeper.closed(this);
  }

  #listen(port: number): Promise<number> {
    // Both options: a connection is read only when the one behind it stands, and a half-closed one is still written to.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => this.#come(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      // It stays for later: a connection that cannot be accepted is its dialler's loss and not the end of the tap.
      server.on("error", (error: NodeJS.ErrnoException) => reject(explain(error, port)));
      server.listen(port, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
  }

  #come(socket: Socket): void {
    this.dials++;
    this.lastDial = this.#keeper.now();
    this.#keeper.come(socket);
  }
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE") return new Error(`Cannot listen on 127.0.0.1:${port}: another program has this port. Stop it, or choose other ports, for example: npm start -- --port 4322`, { cause: error });
  if (error.code === "EACCES") return new Error(`Cannot listen on 127.0.0.1:${port}: the system keeps ports below 1024 for itself. Choose another, for example: npm start -- --port 4322`, { cause: error });
  return error;
}
