import { connect, type NatsConnection } from "@nats-io/transport-node";
import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import type { StreamState } from "#engine/lessons/evidence.ts";
import type { Reaper } from "#engine/process/reaper.ts";
import type { FlightRecord } from "#engine/record/flight.ts";
import type { Cluster } from "#engine/server/cluster.ts";
import type { NatsServer } from "#engine/server/start.ts";
import type { Tap } from "#engine/tap/tap.ts";
import type { World } from "#engine/world/world.ts";
import { ADMIN, addressOf } from "./address.ts";
import { connectionsOf, type IsMine } from "./connections.ts";
import { Copies } from "./copies.ts";
import { exportsOf } from "./exports.ts";
import type { Handle } from "./handle.ts";
import { launch } from "./launch.ts";
import type { LabOptions, StartOptions } from "./options.ts";
import { makeOrders, randomFrom, type OrderEvent } from "./orders.ts";
import { streamsAt, type Servers } from "./servers.ts";
import { settled, type SettledOptions } from "./settled.ts";
import { until, type UntilOptions } from "./until.ts";
import { NotJudged } from "./words.ts";

/**
 * One isolated place for one run of a lesson: a server of its own with monitoring, the tap, the world, the
 * flight record, and every program that was started in it. Closing it leaves no process, port or folder behind.
 */
export class Lab implements AsyncDisposable {
  readonly lesson: Lesson;
  readonly options: LabOptions;
  readonly seed: string;
  readonly random: () => number;
  /** `.workshop/run/<id>`: bundles, the flight record, the server's store. */
  readonly folder: string;
  readonly record: FlightRecord;
  /** Every server: one, or the three of a cluster where the lesson needs one. */
  readonly servers: readonly NatsServer[];
  readonly cluster: Cluster | undefined;
  readonly tap: Tap | undefined;
  readonly world: World;
  readonly reaper: Reaper;
  /** Every program of this run, oldest first. */
  readonly handles: Handle[] = [];
  /** Pids of other processes of ours whose work counts as movement: another broker, say. */
  readonly company: number[] = [];
  /** What the check wants its diagnoses to know. */
  facts: Record<string, unknown> = {};
  #admin: Promise<NatsConnection> | undefined;
  #connections: NatsConnection[] = [];
  #scene = { event: 0, call: 0, handle: 0 };
  readonly #copies = new Copies(this);
  readonly #closing: AsyncDisposable;
  #closed = false;

  constructor(parts: Pick<Lab, "lesson" | "options" | "seed" | "folder" | "record" | "tap" | "world" | "reaper"> & { servers: Servers }) {
    this.lesson = parts.lesson;
    this.options = parts.options;
    this.seed = parts.seed;
    this.random = randomFrom(parts.seed);
    this.folder = parts.folder;
    this.record = parts.record;
    this.servers = parts.servers.all;
    this.cluster = parts.servers.cluster;
    this.#closing = parts.servers;
    this.tap = parts.tap;
    this.world = parts.world;
    this.reaper = parts.reaper;
  }

  /** True from the moment it begins to close: a body that still runs stops waiting, and starts nothing more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The only server, or the first of a cluster. */
  get server(): NatsServer {
    return this.servers[0]!;
  }

  /** Starts one more copy and waits until it is ready. Throws `ProgramFailure` when it cannot take part. */
  async start(role: string, options: StartOptions = {}): Promise<Handle> {
    return launch(this, { role, ...options });
  }

  /** The next life of a program that has ended: same name, same variables unless `options` changes them. */
  async restart(ended: Handle, options: StartOptions = {}): Promise<Handle> {
    return launch(this, { role: ended.role, name: ended.name, life: ended.life + 1, ...options, env: { ...ended.env, ...options.env } });
  }

  /** Starts a program that ends by itself, each time it is asked for as the next life of the same one. */
  async again(role: string, options: StartOptions = {}): Promise<Handle> {
    const last = this.handles.findLast((handle) => handle.role === role);
    return last ? this.restart(last, options) : this.start(role, options);
  }

  /**
   * Has `copies` of a service running: those an earlier check left, and new ones for what is missing.
   * Services asked for this way go on after the check; all other programs end with it.
   */
  async have(role: string, copies = 1, options: StartOptions = {}): Promise<Handle[]> {
    return this.#copies.have(role, copies, options);
  }

  /** Starts a program that ends by itself and waits for its end (10,000 ms unless `within` says otherwise). */
  async run(role: string, options: StartOptions & { within?: number } = {}): Promise<Handle> {
    const handle = await launch(this, { role, ...options });
    await handle.exited(options.within ? { within: options.within } : {});
    return handle;
  }

  /** What a module of the lesson exports, as JSON holds it, read in a process of its own. Throws `ProgramFailure` when it cannot be read. */
  exports(role: string): Promise<Record<string, unknown>> {
    return exportsOf(this, role);
  }

  /** Ends programs at once and waits until they are gone. */
  async end(...handles: Handle[]): Promise<void> {
    await Promise.all(handles.map((handle) => handle.program[Symbol.asyncDispose]()));
  }

  /** The programs that run now. */
  alive(): Handle[] {
    return this.handles.filter((handle) => handle.running);
  }

  /** An administrator's connection straight to the server, or to any of a cluster: sets up and asks, and never hears a lesson's subject. */
  get nats(): Promise<NatsConnection> {
    this.#admin ??= connect({ servers: this.servers.map(({ port }) => `127.0.0.1:${port}`), name: ADMIN, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    return this.#admin;
  }

  /** The JetStream API over the administrator's connection. */
  async jsm(): Promise<JetStreamManager> {
    return jetstreamManager(await this.nats);
  }

  /** A connection of the check's own that takes part in the story: through the tap, under `name`, closed with the check. */
  async connect(name: string): Promise<NatsConnection> {
    const door = await this.tap?.door({ to: addressOf(this.server), as: { program: name, life: 1 } });
    const nc = await connect({ servers: door?.url ?? this.server.url, name, reconnect: false });
    this.#connections.push(nc);
    return nc;
  }

  /** Orders whose ids differ in every run and every check. */
  orders(count: number, make?: (index: number) => Partial<OrderEvent>): OrderEvent[] {
    return makeOrders(this.random, count, make);
  }

  /** Waits for a condition; gives up as soon as nothing moves any more. Throws `NotYet`. */
  until<T>(condition: () => T | Promise<T>, options: UntilOptions): Promise<NonNullable<T>> {
    return until(this, condition, options);
  }

  /** True once nothing more can come of what has happened; false when that took too long. */
  settled(options: SettledOptions = {}): Promise<boolean> {
    return settled(this, options);
  }

  /** The tap, for a condition that rests on the wire. Throws `NotJudged` under `WORKSHOP_TAP=off`. */
  get wire(): Tap {
    if (!this.tap) throw new NotJudged("not judged without the tap");
    return this.tap;
  }

  /** Keeps a fact for the diagnoses. What is noted as `says` is told after a pass: the figure that a prediction was about. */
  note(name: string, value: unknown): void {
    this.facts[name] = value;
  }

  /** Begins a check: later evidence can tell its events from those before. */
  beginScene(id: string): void {
    this.facts = {};
    // The limit on time is one check's: a service that goes on from the check before has all of it again.
    for (const handle of this.alive()) handle.program.renew();
    this.record.add({ kind: "scene", note: id });
    this.#scene = { event: this.record.events.length, call: this.world.ledger.length, handle: this.handles.length };
  }

  /** Ends a check: its programs and connections go, services that `have` gave stay. */
  async endScene(): Promise<void> {
    await this.end(...this.handles.filter((handle) => handle.running && !this.#copies.keeps(handle)));
    await Promise.all(this.#connections.splice(0).map((nc) => nc.close().catch(() => {})));
    for (const fault of this.tap?.faults ?? []) await fault.undo();
    this.world.calm();
  }

  /** Where the current check began in the record and in the ledger. */
  get scene(): Readonly<{ event: number; call: number; handle: number }> {
    return this.#scene;
  }

  /** Streams and consumers as the monitoring ports show them; empty when no server runs. */
  async streams(): Promise<StreamState[]> {
    return this.lesson.needs?.jetstream ? streamsAt(this.servers) : [];
  }

  /** A name for the next copy of a program: `worker#3`, or `publisher` where a lesson has only one. */
  nextName(role: string): string {
    return this.#copies.nextName(role);
  }

  /** Tells a program's connections from others, as the monitoring ports number them. */
  connectionsOf(handle: Handle): IsMine {
    return connectionsOf(this, handle);
  }

  /** Closes everything: programs first, so that nothing is left to complain. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.end(...this.alive());
    await Promise.all([...this.#connections, ...(this.#admin ? [await this.#admin.catch(() => undefined)] : [])].map((nc) => nc?.close().catch(() => {})));
    await this.tap?.[Symbol.asyncDispose]();
    await Promise.all([this.world[Symbol.asyncDispose](), this.#closing[Symbol.asyncDispose]()]);
    await this.record[Symbol.asyncDispose]();
    await this.reaper[Symbol.asyncDispose]();
  }
}
