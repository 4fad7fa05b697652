import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeOrders, randomFrom } from "#engine/lab/orders.ts";
import { openRecord } from "#engine/record/flight.ts";
import { startServer, type NatsServer } from "#engine/server/start.ts";
import { openTap, type Tap } from "#engine/tap/tap.ts";
import { inLanes } from "../pipeline/lanes.ts";
import type { Order } from "../pipeline/order.ts";
import { publishAll } from "../pipeline/publish.ts";
import { prepare } from "../pipeline/streams.ts";
import { Refused, work, type WorkOptions } from "../pipeline/work.ts";

const random = randomFrom("pipeline");
const SHORT = { ackWaitMs: 1_000, retryMs: 10 };
let server: NatsServer;
let tap: Tap;
let nc: NatsConnection;

beforeAll(async () => {
  server = await startServer();
  tap = await openTap({ record: openRecord({ lesson: "pipeline" }) });
  const door = await tap.door({ to: server, as: { program: "pipeline", life: 1 } });
  nc = await connect({ servers: door.url });
});
beforeEach(async () => {
  const { streams } = await jetstreamManager(nc);
  for (const name of await streams.names().next()) await streams.delete(name);
  await prepare(nc, SHORT);
});
afterAll(async () => {
  await nc.close();
  await tap[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test("inLanes() takes nothing more once one has failed, and waits for what was begun", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const each = async (item: number) => {
    begun.push(item);
    await sleep(item === 2 ? 1 : 20);
    if (item === 2) throw new Error("the second fails");
    ended.push(item);
  };
  await expect(inLanes(3, [1, 2, 3, 4, 5, 6], each)).rejects.toThrow("the second fails");
  expect({ begun, ended }).toEqual({ begun: [1, 2, 3], ended: [1, 3] });
});

test("every order is done once, and nothing is left in WORK", async () => {
  const orders = makeOrders(random, 500);
  const done = new Map<string, number>();
  const work = workUntil(() => done.size === 500, async (order) => void done.set(order.id, (done.get(order.id) ?? 0) + 1));
  expect(await publishAll(nc, orders, { window: 64 })).toEqual({ stored: 500, again: 0, duplicates: 0 });
  expect(await work).toEqual({ done: 500, retried: 0, parked: 0 });
  expect(new Set(done.values())).toEqual(new Set([1]));
  // An ack asks for no answer: the server has them all a moment later.
  await until(async () => (await left("WORK")) === 0);
});

test("never more orders are in work than it may take, nor on their way without a PubAck", async () => {
  const pubacks = tap.hold("puback");
  const stored: string[] = [];
  const publishing = publishAll(nc, makeOrders(random, 50), { window: 8, onStored: ({ id }) => stored.push(id) });
  await until(async () => (await left("WORK")) === 8);
  await nc.flush();
  expect([await left("WORK"), stored.length]).toEqual([8, 0]);
  await pubacks.undo();
  await publishing;

  let [now, most, done] = [0, 0, 0];
  await workUntil(() => done === 50, async () => {
    most = Math.max(most, ++now);
    await sleep(5);
    now--;
    done++;
  }, { concurrency: 4 });
  expect(most).toBe(4);
});

test("a lost PubAck has the order sent again, and stored once", async () => {
  tap.lose("puback");
  const result = await publishAll(nc, makeOrders(random, 3), { timeoutMs: 200, retryMs: 10 });
  expect(result).toEqual({ stored: 3, again: 1, duplicates: 1 });
  expect(await left("WORK")).toBe(3);
});

test("what fails is tried again, and what fails too often is parked with its reason", async () => {
  const [mended, hopeless] = makeOrders(random, 2) as [Order, Order];
  await publishAll(nc, [mended, hopeless]);
  const tries: string[] = [];
  await workUntil(async () => (await left("WORK")) === 0, async ({ id }) => {
    tries.push(id);
    if (id === hopeless.id || tries.filter((one) => one === id).length < 2) throw new Error("not now");
  }, { maxDeliver: 3 });
  expect(tries.filter((id) => id === mended.id)).toHaveLength(2);
  expect(tries.filter((id) => id === hopeless.id)).toHaveLength(3);
  expect(await letters()).toEqual([{ subject: `dead.orders.placed.${hopeless.region}.${hopeless.orderId}`, reason: "exhausted: not now", body: JSON.stringify(hopeless) }]);
});

test("what is refused, and what is no order, is parked at once; its own headers stay", async () => {
  const [refused] = makeOrders(random, 1) as [Order];
  await publishAll(nc, [refused]);
  await jetstream(nc).publish("orders.placed.eu.nonsense", "{bad");
  await workUntil(async () => (await left("WORK")) === 0, async () => {
    throw new Refused("card declined");
  });
  expect((await letters()).map(({ reason, body }) => [reason, body])).toEqual(expect.arrayContaining([["refused: card declined", JSON.stringify(refused)], ["malformed", "{bad"]]));
});

test("an order that was delivered too often is parked without another try: its workers have crashed", async () => {
  const orders = makeOrders(random, 1);
  await publishAll(nc, orders);
  const payments = await jetstream(nc).consumers.get("WORK", "payments");
  for (let time = 0; time < 2; time++) (await payments.next())?.nak();
  const tried: Order[] = [];
  await workUntil(async () => (await left("WORK")) === 0, async (order) => void tried.push(order), { maxDeliver: 2 });
  expect(tried).toEqual([]);
  expect(await letters()).toMatchObject([{ reason: "crashed" }]);
});

test("as long as the dead letters are full, the order stays in WORK", async () => {
  const { streams } = await jetstreamManager(nc);
  await streams.update("DEAD", { max_msgs: 1, discard: "new" });
  await jetstream(nc).publish("dead.full", "");
  await publishAll(nc, makeOrders(random, 1));
  let tries = 0;
  await workUntil(() => tries >= 2, async () => {
    tries++;
    throw new Refused("never");
  });
  expect(await left("WORK")).toBe(1);
});

test("the signal ends it with what is in hand finished, however long that takes: the server is told so", async () => {
  await publishAll(nc, makeOrders(random, 4));
  const stop = new AbortController();
  let done = 0;
  const { signal } = stop;
  const worked = work(nc, async () => {
    stop.abort();
    await sleep(2 * SHORT.ackWaitMs);
    done++;
  }, { ...SHORT, concurrency: 2, prefetch: 0, signal });
  expect((await worked).done).toBe(done);
  await until(async () => done + (await left("WORK")) === 4);
});

/** Works until a condition holds. */
async function workUntil(condition: () => boolean | Promise<boolean>, effect: (order: Order) => Promise<void>, options: WorkOptions = {}) {
  const stop = new AbortController();
  const worked = work(nc, effect, { ...SHORT, ...options, signal: stop.signal });
  await until(condition);
  stop.abort();
  return worked;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await condition()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error("it did not come true within 20 s");
  }
}

async function left(stream: string): Promise<number> {
  const { streams } = await jetstreamManager(nc, { checkAPI: false });
  return (await streams.info(stream)).state.messages;
}

async function letters(): Promise<{ subject: string; reason: string | undefined; body: string }[]> {
  const { streams } = await jetstreamManager(nc);
  const { state } = await streams.info("DEAD");
  const found = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await streams.getMessage("DEAD", { seq });
    if (message) found.push({ subject: message.subject, reason: message.header.get("Dead-Reason"), body: message.string() });
  }
  return found;
}
