import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { repositoryRoot, workshopRoot } from "#engine/files/root.ts";
import { loadLesson, type Lesson } from "#engine/lessons/catalogue.ts";
import { openReaper, type Reaper } from "#engine/process/reaper.ts";
import { openRecord, type FlightRecord } from "#engine/record/flight.ts";
import { startServer, type NatsServer } from "#engine/server/start.ts";
import { closeAll } from "#engine/lab/open.ts";
import { openTap, type Door, type Tap } from "#engine/tap/tap.ts";
import { openWorld, type World } from "#engine/world/world.ts";
import { forgetHouse, mustBeClosed, noteHouse } from "./lock.ts";
import { onWish } from "./wish.ts";
import { mustBeFree, portsFrom, type HousePorts } from "./ports.ts";

/** How the house is opened. */
export interface HouseOptions {
  lesson: Lesson;
  /** The clients' port; the others move with it. 4222 when absent. */
  port?: number;
  /** What a person would type again with another port: `start` or `run server`. */
  command: string;
  /** Answers what is not the world's on the page's port; without it there is no page. */
  page?: RequestListener;
}

/**
 * The place where programs run by hand: the tap on 4222, behind it a nats-server with `nats-server.conf` and the
 * lesson's own store, its monitoring on 8222, and the world on 4280.
 */
export class House implements AsyncDisposable {
  readonly ports: HousePorts;
  readonly tap: Tap;
  readonly world: World;
  readonly record: FlightRecord;
  readonly reaper: Reaper;
  /** `.workshop/run/house-…`: the flight record, and what programs run by hand need. */
  readonly folder: string;
  /** What to do when another command wants the house at the beginning of a lesson: `npm run goto`. The house moves by itself unless somebody shows it. */
  onAsked: (lesson: Lesson) => Promise<void> = (lesson) => this.moveTo(lesson, { fresh: true });
  /** When the present lesson's server was opened, in milliseconds of the record: what came before it is another server's. */
  openedAt = 0;
  readonly #startedAt = new Date().toISOString();
  readonly #http: Server;
  readonly #wishes: Disposable;
  #at: At;

  constructor(parts: Pick<House, "ports" | "tap" | "world" | "record" | "reaper" | "folder"> & { http: Server; at: At }) {
    this.ports = parts.ports;
    this.tap = parts.tap;
    this.world = parts.world;
    this.record = parts.record;
    this.reaper = parts.reaper;
    this.folder = parts.folder;
    this.#http = parts.http;
    this.#at = parts.at;
    this.#wishes = onWish(async (id) => this.onAsked(await loadLesson(id)));
  }

  get lesson(): Lesson {
    return this.#at.lesson;
  }

  get server(): NatsServer {
    return this.#at.server;
  }

  /** Where the server itself listens, past the tap. */
  get address(): { host: string; port: number } {
    return { host: this.server.host, port: this.server.port };
  }

  /** What programs find as `NATS_URL`. */
  get natsUrl(): string {
    return `nats://127.0.0.1:${this.ports.clients}`;
  }

  get worldUrl(): string {
    return `http://127.0.0.1:${this.ports.page}/world`;
  }

  /** Where the lessons and the pictures are, in a browser. */
  get pageUrl(): string {
    return `http://127.0.0.1:${this.ports.page}/`;
  }

  /** The lines to export where the usual ports were taken; none where a program finds the house by itself. */
  get exports(): string[] {
    if (this.ports.clients === portsFrom().clients) return [];
    return [`export NATS_URL=${this.natsUrl}`, `export WORLD_URL=${this.worldUrl}`];
  }

  /**
   * Changes to another lesson's server, with that lesson's store; connections of programs are closed. With `fresh`
   * that store is emptied first: streams, consumers and buckets are as the lesson begins.
   */
  async moveTo(lesson: Lesson, { fresh = false }: { fresh?: boolean } = {}): Promise<void> {
    await this.#at.door[Symbol.asyncDispose]();
    await this.#at.server[Symbol.asyncDispose]();
    this.world.calm();
    if (fresh) await rm(storeOf(lesson), { recursive: true, force: true });
    this.openedAt = this.record.now();
    this.#at = await openAt(lesson, this);
    await this.note();
  }

  /** Writes `.workshop/run/house.json`, by which other commands find this house. */
  async note(): Promise<void> {
    await noteHouse({ pid: process.pid, startedAt: this.#startedAt, ports: this.ports, direct: this.server.url, lesson: this.lesson.id });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wishes[Symbol.dispose]();
    forgetHouse();
    this.#http.closeAllConnections();
    this.#http.close();
    await this.tap[Symbol.asyncDispose]();
    await Promise.all([this.world[Symbol.asyncDispose](), this.server[Symbol.asyncDispose]()]);
    await this.record[Symbol.asyncDispose]();
    await this.reaper[Symbol.asyncDispose]();
  }
}

/** The part of the house that belongs to one lesson. */
interface At {
  lesson: Lesson;
  server: NatsServer;
  door: Door;
}

/** The server of one lesson, with its store and whatever the lesson begins with, behind the clients' port. */
async function openAt(lesson: Lesson, { ports, tap, reaper, world }: Pick<House, "ports" | "tap" | "reaper" | "world">): Promise<At> {
  const server = await startServer({ config: join(repositoryRoot, "nats-server.conf"), monitor: ports.monitor, store: storeOf(lesson), reaper });
  try {
    if (lesson.begins) await beginsAt(lesson, { server, world });
    return { lesson, server, door: await tap.door({ to: { host: server.host, port: server.port }, port: ports.clients }) };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function beginsAt(lesson: Lesson, { server, world }: { server: NatsServer; world: World }): Promise<void> {
  const nc = await connect({ servers: server.url, name: "workshop-admin" });
  try {
    await lesson.begins?.({ nc, jsm: await jetstreamManager(nc), world });
  } finally {
    await nc.close();
  }
}

/** Opens the house. Throws a `Refusal` when it is open already, a port is taken, or there is no server. */
export async function openHouse(options: HouseOptions): Promise<House> {
  mustBeClosed();
  const ports = portsFrom(options.port);
  await mustBeFree(ports, options.command);
  const folder = join(workshopRoot(), ".workshop", "run", `house-${Date.now().toString(36)}`);
  mkdirSync(folder, { recursive: true });
  const reaper = await openReaper({ folder });
  const record = openRecord({ file: join(folder, "flight.jsonl"), lesson: options.lesson.id });
  const world = await openWorld({ record, at: `http://127.0.0.1:${ports.page}` });
  const tap = await openTap({ record });
  const at = await openAt(options.lesson, { ports, tap, reaper, world }).catch((error: unknown) => closeAll([tap, world, record, reaper], error));
  const http = await openPage(world, ports.page, options.page);
  const house = new House({ ports, tap, world, record, reaper, folder, http, at });
  await house.note();
  return house;
}

/** By hand each lesson has a JetStream store of its own, so that nothing is carried from one to the next. */
export function storeOf(lesson: Lesson): string {
  return join(workshopRoot(), ".workshop", "store", lesson.id);
}

async function openPage(world: World, port: number, page: RequestListener = noPage): Promise<Server> {
  const answer = world.handler();
  const http = createServer((req, res) => {
    if (!answer(req, res)) page(req, res);
  });
  http.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => http.once("error", reject).listen(port, "127.0.0.1", resolve));
  return http;
}

function noPage(_: unknown, res: ServerResponse): void {
  res.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("The world is at /world.\n");
}
