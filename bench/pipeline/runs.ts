import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { makeOrders, randomFrom } from "#engine/lab/orders.ts";
import { readOrder, subjectOf, type Order } from "../../pipeline/order.ts";
import { publishAll } from "../../pipeline/publish.ts";
import { prepare } from "../../pipeline/streams.ts";
import { work } from "../../pipeline/work.ts";

/** What a run is given. Counts are messages, `payload` is bytes. */
export interface Given {
  nc: NatsConnection;
  /** One more connection to the same server for each worker beyond the first. */
  more: NatsConnection[];
  count: number;
  window: number;
  /** A connection with the client's option `noAsyncTraces`. */
  untraced: NatsConnection;
  /** Messages asked for at once by a consumer. */
  batch: number;
  payload: number;
  replicas: number;
  workers: number;
  /** Messages that lie in the queue before the run begins. */
  length: number;
}

/** What a run took. */
export interface Took {
  /** Messages a second. */
  rate: number;
  /** Microseconds of processor time of this process for a message: what else the machine does hardly changes it. */
  cpu: number;
}

/** One way to do a piece of work: what has to be there before, and what is measured. */
export type Run = (given: Given) => Promise<Took>;

/** What a worker of the "workers" series needs for an order, in milliseconds. */
const EFFECT_MS = 5;
const CONCURRENCY = 8;
const random = randomFrom("bench");

/** The stages of the way in: each adds one thing to the one before. The first is the bare client. */
export const WAY_IN: Record<string, Run> = {
  "bare client": publishing({ retention: "limits" }),
  "+ a work queue": publishing({ retention: "workqueue" }),
  "+ message ids": publishing({ retention: "workqueue", ids: true }),
  "+ JSON for each": publishing({ retention: "workqueue", ids: true, json: true }),
  "the pipeline": publishPipeline,
  "and noAsyncTraces": publishUntraced,
  "bare, noAsyncTraces": (given) => publishing({ retention: "limits" })({ ...given, nc: given.untraced }),
};

/** The stages of the way out. */
export const WAY_OUT: Record<string, Run> = {
  "bare client": consuming({ retention: "limits" }),
  "+ a work queue": consuming({ retention: "workqueue" }),
  "+ reading the order": consuming({ retention: "workqueue", read: true }),
  "the pipeline": consumePipeline,
};

/** Orders in and out at the same time, in one process. */
export const END_TO_END = { bare: throughBare, pipeline: throughPipeline } satisfies Record<string, Run>;

/** The reference pipeline's way in: publishAll. */
export async function publishPipeline(given: Given): Promise<Took> {
  await clean(given);
  const orders = ordersOf(given);
  return timed(orders.length, () => publishAll(given.nc, orders, { window: given.window }));
}

/** The same, where the client does not keep the caller's stack for each request. */
export function publishUntraced(given: Given): Promise<Took> {
  return publishPipeline({ ...given, nc: given.untraced });
}

/** The reference pipeline's way out: work() with an effect that does nothing; half in hand, half asked for ahead, as it comes. */
export async function consumePipeline(given: Given): Promise<Took> {
  await clean(given);
  await fill(given.untraced, texts(given));
  return timed(given.count, () => workOff(given, async () => {}, Math.ceil(given.batch / 2)));
}

/** `workers` copies of work(), each with CONCURRENCY orders in hand and an effect that takes its time. */
export async function workersPipeline(given: Given): Promise<Took> {
  await clean(given);
  await fill(given.untraced, texts(given));
  return timed(given.count, () => workOff(given, () => sleep(EFFECT_MS), CONCURRENCY));
}

function publishing({ retention, ids = false, json = false }: { retention: "limits" | "workqueue"; ids?: boolean; json?: boolean }): Run {
  return async (given) => {
    await clean(given, { retention });
    const orders = ordersOf(given);
    const ready = json ? [] : orders.map((order) => JSON.stringify(order));
    const js = jetstream(given.nc);
    const send = (order: Order, n: number) => js.publish(subjectOf(order), ready[n] ?? JSON.stringify(order), ids ? { msgID: order.id } : {});
    return timed(orders.length, () => windowed(orders, given.window, send));
  };
}

function consuming({ retention, read = false }: { retention: "limits" | "workqueue"; read?: boolean }): Run {
  return async (given) => {
    await clean(given, { retention });
    await fill(given.untraced, texts(given));
    return timed(given.count, () => takeBare(given, read));
  };
}

async function throughBare(given: Given): Promise<Took> {
  await clean(given);
  const orders = ordersOf(given);
  const js = jetstream(given.nc);
  return timed(orders.length, () => Promise.all([
    windowed(orders, given.window, (order) => js.publish(subjectOf(order), JSON.stringify(order))),
    takeBare(given, true),
  ]));
}

async function throughPipeline(given: Given): Promise<Took> {
  await clean(given);
  const orders = ordersOf(given);
  return timed(orders.length, () => Promise.all([
    publishAll(given.nc, orders, { window: given.window }),
    workOff(given, async () => {}, Math.ceil(given.batch / 2)),
  ]));
}

async function takeBare({ nc, count, batch }: Given, read: boolean): Promise<void> {
  const payments = await jetstream(nc).consumers.get("WORK", "payments");
  let left = count;
  for await (const message of await payments.consume({ max_messages: batch })) {
    if (read) readOrder(message);
    message.ack();
    if (--left === 0) break;
  }
  await nc.flush();
}

async function workOff({ nc, more, count, batch, workers }: Given, effect: () => Promise<unknown>, concurrency: number): Promise<void> {
  const stop = new AbortController();
  let left = count;
  const counted = async () => {
    await effect();
    if (--left === 0) stop.abort();
  };
  const most = Math.max(1, concurrency);
  const options = { concurrency: most, prefetch: Math.max(0, Math.ceil(batch / workers) - most), signal: stop.signal };
  const all = [nc, ...more].slice(0, workers);
  await Promise.all(all.map((one) => work(one, counted, options)));
  await Promise.all(all.map((one) => one.flush()));
}

async function clean({ nc, replicas, length, payload }: Given, config: Partial<StreamConfig> = {}): Promise<void> {
  const jsm = await jetstreamManager(nc, { timeout: 20_000 });
  for (const name of await jsm.streams.names().next()) await jsm.streams.delete(name);
  if (config.retention === "limits") {
    await jsm.streams.add({ name: "WORK", subjects: ["orders.placed.>"], num_replicas: replicas, ...config });
    await jsm.consumers.add("WORK", { durable_name: "payments", ack_policy: "explicit", max_ack_pending: 10_000 });
  } else await insist(() => prepare(nc, { replicas }));
  if (length > 0) await fill(nc, texts({ count: length, payload }));
}

/** On a cluster a stream that was just made is not known to every server yet. */
async function insist(attempt: () => Promise<void>, times = 50): Promise<void> {
  for (let left = times; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}

async function fill(nc: NatsConnection, all: [string, string][]): Promise<void> {
  const js = jetstream(nc);
  await windowed(all, 512, ([subject, text]) => js.publish(subject, text));
}

async function windowed<T>(items: T[], window: number, send: (item: T, index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) await send(items[at]!, at);
  };
  await Promise.all(Array.from({ length: window }, lane));
}

function texts(given: Pick<Given, "count" | "payload">): [string, string][] {
  return ordersOf(given).map((order) => [subjectOf(order), JSON.stringify(order)]);
}

/** Orders whose text is about so many bytes long; the smallest has about 200. */
function ordersOf({ count, payload }: Pick<Given, "count" | "payload">): Order[] {
  const note = "x".repeat(Math.max(0, payload - 200));
  return makeOrders(random, count).map((order) => (note ? { ...order, note } : order));
}

async function timed(count: number, measured: () => Promise<unknown>): Promise<Took> {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  await measured();
  const { user, system } = process.cpuUsage(before);
  return { rate: (count / (performance.now() - begun)) * 1_000, cpu: (user + system) / count };
}
