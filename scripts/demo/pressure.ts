import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pidusage from "pidusage";
import type { Lab } from "#engine/lab/lab.ts";
import { openLab } from "#engine/lab/open.ts";
import { makeWorkStream, writeData } from "#engine/lab/streams.ts";
import type { Handle } from "#engine/lab/handle.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";

/** How much, and how fast. Times in milliseconds. */
export interface Scale {
  orders: number;
  /** Orders that the stream WORK takes before it is full. */
  room: number;
  /** Shortest and longest time of a charge. */
  charge: readonly [number, number];
  ackWait: number;
  /** Between two looks. */
  every: number;
}

/** One that a person can follow for ten seconds, and one for tests. */
export const SCALES = {
  steady: { orders: 800, room: 300, charge: [30, 150], ackWait: 3_000, every: 200 },
  fast: { orders: 120, room: 60, charge: [10, 30], ackWait: 2_000, every: 50 },
} as const satisfies Record<string, Scale>;

/** Calls that the provider takes at the same time. */
export const LIMIT = 8;

/** The two sides: lesson 10's solution, and two programs that count nothing. */
export const SIDES = ["without bounds", "with bounds"] as const;
export type Side = (typeof SIDES)[number];

/** One look at one side. All but `t` and `memory` are seen by the server, the ledger or the wire. */
export interface Look {
  /** Milliseconds since the producer was started. */
  t: number;
  /** Orders in WORK: stored and not acked. */
  waiting: number;
  /** Orders in hand: delivered to the worker and not acked. */
  inHand: number;
  /** Calls that the provider has refused so far, with 429. */
  refused: number;
  /** Publishes that the stream has refused so far, because it was full. */
  full: number;
  /** Orders that are stored, or were. */
  stored: number;
  /** Orders whose card is charged. */
  charged: number;
  /** Resident memory of the worker and the producer together, in bytes. */
  memory: number;
}

/** What became of both sides, oldest look first. */
export type Course = Record<Side, Look[]>;

/**
 * Runs both sides at the same time, each on a server and with a provider of its own, until the one with bounds has
 * charged every card; `look` is told each pair of looks. Throws `NotYet` when a program does not start.
 */
export async function underPressure(scale: Scale, look: (course: Course) => void = () => {}): Promise<Course> {
  const lesson = await findLesson("10");
  const unbounded = fileURLToPath(new URL("unbounded", import.meta.url));
  await using left = await openLab(lesson, { from: unbounded });
  await using right = await openLab(lesson, { from: lesson.solution });
  const ends = endOnSignals(left, right);
  const sides = await Promise.all([begin(left, scale), begin(right, scale)]);
  const course: Course = { "without bounds": [], "with bounds": [] };
  const begun = performance.now();
  for (let done = false; !done; ) {
    const seen = await Promise.all(sides.map((side) => lookAt(side, performance.now() - begun)));
    for (const [index, name] of SIDES.entries()) course[name].push(seen[index]!);
    look(course);
    done = seen[1]!.charged >= scale.orders;
    if (!done) await pause(scale.every);
  }
  ends();
  return course;
}

interface Running {
  lab: Lab;
  programs: Handle[];
}

async function begin(lab: Lab, { orders, room, charge: [least, most], ackWait }: Scale): Promise<Running> {
  await makeWorkStream(lab, { max_msgs: room });
  lab.world.limit(LIMIT, { service: "charge" });
  lab.world.delay(() => least + lab.random() * (most - least), { service: "charge" });
  const file = await writeData(lab, "orders.json", lab.orders(orders));
  const worker = await lab.start("worker", { env: { LIMIT: String(LIMIT), ACK_WAIT_MS: String(ackWait) } });
  const producer = await lab.start("producer", { env: { ORDERS_FILE: file } });
  return { lab, programs: [worker, producer] };
}

async function lookAt({ lab, programs }: Running, t: number): Promise<Look> {
  const work = (await lab.streams()).find(({ name }) => name === "WORK");
  const charges = lab.world.ledger.filter(({ service }) => service === "charge");
  return {
    t,
    waiting: work?.state.messages ?? 0,
    inHand: work?.consumers[0]?.num_ack_pending ?? 0,
    refused: charges.filter(({ status }) => status === 429).length,
    full: lab.record.where((event) => event.kind === "puback" && event.status !== undefined).length,
    stored: work?.state.last_seq ?? 0,
    charged: new Set(charges.filter(({ effect }) => effect).map(({ orderId }) => orderId)).size,
    memory: await memoryOf(programs),
  };
}

async function memoryOf(programs: Handle[]): Promise<number> {
  const used = await Promise.all(programs.filter(({ running }) => running).map(({ pid }) => pidusage(pid).then(({ memory }) => memory, () => 0)));
  return used.reduce((sum, one) => sum + one, 0);
}

/** Ctrl-C closes both labs before the process goes. Answers what takes that back. */
function endOnSignals(...labs: Lab[]): () => void {
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const end = () => void Promise.all(labs.map((lab) => lab[Symbol.asyncDispose]())).finally(() => process.exit(130));
  for (const name of names) process.once(name, end);
  return () => names.forEach((name) => process.off(name, end));
}
