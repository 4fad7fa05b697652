import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Refusal } from "#engine/files/refusal.ts";
import type { Identity } from "#engine/record/events.ts";
import { busy } from "./busy.ts";
import type { Busy, BusyOptions } from "./busy.ts";
import { StandingDelay } from "./delay.ts";
import { StandingFailure, StandingLimit } from "./failure.ts";
import { StandingHold } from "./hold.ts";
import type { Hold, HoldPoint } from "./hold.ts";
import { isFromElsewhere, sendJson, sendText } from "./http.ts";
import { isOf, Ledger } from "./ledger.ts";
import type { LedgerLine, WorldRecord } from "./ledger.ts";
import { StandingQueue } from "./queue.ts";
import type { BoundOptions } from "./queue.ts";
import { Receipts } from "./receipts.ts";
import { pathOf, routeOf } from "./route.ts";
import type { Route } from "./route.ts";
import { serveCall } from "./serve.ts";
import type { CallRoute, Inside } from "./serve.ts";
import { SERVICES } from "./services.ts";
import type { Service } from "./services.ts";
import type { Trouble, TroubleOptions } from "./trouble.ts";
import { Troubles } from "./troubles.ts";

export type { Busy, Hold, LedgerLine, Service, Trouble, TroubleOptions };

/** How a world is opened. */
export interface WorldOptions {
  /** Where calls, answers and troubles are written. */
  record: WorldRecord;
  /** A port of 127.0.0.1; default: a free one. */
  port?: number;
  /** The address of the HTTP server that mounts `handler()`, e.g. `http://127.0.0.1:4280`; then no port is opened. */
  at?: string;
}

/** How many calls were open since the meter was made, until it was stopped. */
export interface Meter extends Busy {
  /** Ends the stretch of time; the numbers stay. */
  stop(): Busy;
}

/**
 * Opens the outside services: payment provider, warehouse, mailer, tracker, on 127.0.0.1.
 * Throws a `Refusal` when the port is taken.
 */
export async function openWorld(options: WorldOptions): Promise<World> {
  const world = new World(options);
  await world.listen(options);
  return world;
}

/** The outside services, their ledger and their troubles. Made by `openWorld()`. */
export class World implements AsyncDisposable {
  readonly #record: WorldRecord;
  readonly #inside: Inside;
  readonly #calls = new Map<ServerResponse, Promise<void>>();
  readonly #server: Server = createServer((req, res) => this.#handle(req, res));
  #origin: string;

  constructor({ record, at = "" }: WorldOptions) {
    const ledger = new Ledger(record);
    this.#record = record;
    this.#inside = { ledger, receipts: new Receipts(), troubles: new Troubles(record, ledger) };
    this.#origin = at;
  }

  /** Opens the port; `openWorld()` does it. */
  async listen({ port = 0, at }: WorldOptions): Promise<void> {
    if (at !== undefined) return;
    // An idle connection is the caller's to close: were it ours, a call could fall into the closing.
    this.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(notOpened(port, error)));
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What `WORLD_URL` is for a caller without a name: `http://127.0.0.1:PORT/world`. */
  get url(): string {
    return `${this.#origin}/world`;
  }

  /** The `WORLD_URL` of one life of one program; `#` and the like in names are escaped. */
  door(as: Identity): string {
    return `${this.#origin}${pathOf(as)}`;
  }

  /** Every call so far, in order of arrival; lines of open calls are completed later. */
  get ledger(): readonly LedgerLine[] {
    return this.#inside.ledger.lines;
  }

  /** The troubles that are not undone, oldest first. */
  get troubles(): readonly Trouble[] {
    return this.#inside.troubles.standing;
  }

  /** Calls take so many milliseconds before their effect; a function is asked for each call. */
  delay(ms: number | (() => number), options: TroubleOptions = {}): Trouble {
    return this.#inside.troubles.begin(new StandingDelay(ms, options));
  }

  /** A call beyond `most` at the same time gets 429. Without a service all calls are counted together. */
  limit(most: number, options: BoundOptions = {}): Trouble {
    return this.#inside.troubles.begin(new StandingLimit(most, options));
  }

  /** Takes up `places` calls at the same time; the others wait in order of arrival. With `perCaller` every copy has its own places. */
  queue(places: number, options: BoundOptions = {}): Trouble {
    return this.#inside.troubles.begin(new StandingQueue(places, options));
  }

  /** Calls get this status, from 400 to 599, and have no effect. */
  fail(status: number, options: TroubleOptions = {}): Trouble {
    return this.#inside.troubles.begin(new StandingFailure(status, options));
  }

  /** Charges for these orders get 402. A declined key stays declined. */
  decline(orders: readonly string[]): Trouble {
    return this.fail(402, { service: "charge", orders });
  }

  /** Keeps calls at one point of their way until `release()`. */
  hold(when: HoldPoint, options: TroubleOptions = {}): Hold {
    return this.#inside.troubles.begin(new StandingHold(when, options));
  }

  /** Undoes every trouble; those held or delayed go on. */
  calm(): void {
    this.#inside.troubles.calm();
  }

  /** Calls without an answer now; of one service, of one program (`worker`: all copies, `worker#2`: that one). */
  inFlight(service?: Service, program?: string): number {
    return this.#inside.ledger.open(service, program).length;
  }

  /** Peak and time-weighted mean of calls at the same time, from now on. For a stretch chosen afterwards there is `busy()`. */
  meter({ service, program, of }: { service?: Service; program?: string } & Pick<BusyOptions, "of"> = {}): Meter {
    const from = this.#record.now();
    let to: number | undefined;
    const read = () =>
      busy(
        this.ledger.filter((line) => (!service || line.service === service) && (!program || isOf(line, program))),
        { from, to: to ?? this.#record.now(), ...(of && { of }) },
      );
    const stop = () => ((to ??= this.#record.now()), read());
    return { get peak() { return read().peak; }, get mean() { return read().mean; }, stop };
  }

  /** For another HTTP server: true when the request was the world's and is being answered, false when its path is not `/world`. */
  handler(): (req: IncomingMessage, res: ServerResponse) => boolean {
    return (req, res) => {
      const route = routeOf(req.url ?? "");
      if (route) this.#answer(req, res, route);
      return route !== undefined;
    };
  }

  /** Ends open calls without an answer and closes every connection at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const res of this.#calls.keys()) res.destroy();
    this.#server.closeAllConnections();
    await Promise.all(this.#calls.values());
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(req: IncomingMessage, res: ServerResponse): void {
    const route = routeOf(req.url ?? "");
    if (route) this.#answer(req, res, route);
    else sendJson(res, { status: 404, body: { error: `Nothing is here; the world is at ${this.url}` } });
  }

  #answer(req: IncomingMessage, res: ServerResponse, route: Route): void {
    if (isFromElsewhere(req)) return sendJson(res, { status: 403, body: { error: "The world answers programs on this machine only." } });
    if (req.method === "GET" || req.method === "HEAD") return sendText(res, 200, aboutPage(this.url, this.ledger.length));
    if (req.method !== "POST" || !route.service) return sendJson(res, notAService(req, route));
    const call = serveCall(req, res, { route: route as CallRoute, inside: this.#inside });
    this.#calls.set(res, call);
    void call.finally(() => this.#calls.delete(res));
  }
}

function notOpened(port: number, cause: Error): Error {
  if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") return cause;
  return new Refusal(`Cannot open the world as port ${port} must be free: another program listens on it`, `lsof -i :${port}`, { cause });
}

function notAService(req: IncomingMessage, { asked }: Route) {
  const status = req.method === "POST" ? 404 : 405;
  return { status, body: { error: `Cannot ${req.method} "${asked}": send a POST to one of ${SERVICES.join(", ")}` } };
}

function aboutPage(url: string, calls: number): string {
  return `This is the outside world of the workshop: payment provider, warehouse, mailer and tracker.
Programs find it by WORLD_URL and call it through lessons/world.ts.

${SERVICES.map((service) => `  POST ${url}/${service}`).join("\n")}

It answers 200 and a receipt, 402 declined, 400 will never work, 429 too many at once, 503 not now.
Calls so far: ${calls}
`;
}
