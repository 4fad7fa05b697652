// A worker of the reference pipeline: charges and ships each order.
//
//   npx tsx pipeline/worker.ts

import { connect } from "@nats-io/transport-node";
import { options } from "#nats";
import { charge, ship, WorldError } from "#world";
import type { Order } from "./order.ts";
import { Refused, work } from "./work.ts";

const { env } = process;
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const nc = await connect({
  ...options(),
  name: "worker",
  reconnectTimeWait: Number(env.RECONNECT_WAIT_MS ?? 2_000),
  // As long as it takes; and no address is struck off the list
  // because its server was down when we came.
  maxReconnectAttempts: -1,
  waitOnFirstConnect: true,
});

const { done, retried, parked } = await work(nc, fulfil, {
  concurrency: Number(env.CONCURRENCY ?? 8),
  ackWaitMs: Number(env.ACK_WAIT_MS ?? 30_000),
  maxDeliver: Number(env.MAX_DELIVER ?? 5),
  retryMs: Number(env.RETRY_MS ?? 200),
  signal: stop.signal,
});
await nc.drain();
console.log(`${done} done, ${retried} to try again, ${parked} parked`);

// Twice is harmless for the card: the provider knows the key. The
// carrier knows none, so a parcel may be announced twice.
async function fulfil(order: Order): Promise<void> {
  const { id: idempotencyKey } = order;
  const limit = { signal: AbortSignal.timeout(10_000) };
  try {
    await charge(order, { idempotencyKey, ...limit });
    await ship(order, limit);
  } catch (error) {
    const status = error instanceof WorldError ? error.status : 0;
    const never = status === 400 || status === 402;
    if (never) throw new Refused((error as Error).message);
    throw error;
  }
}
