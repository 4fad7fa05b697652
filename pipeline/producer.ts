// The shop's till of the reference pipeline: COUNT orders.
//
//   npx tsx pipeline/producer.ts

import { connect } from "@nats-io/transport-node";
import { options } from "#nats";
import type { Order } from "./order.ts";
import { publishAll } from "./publish.ts";
import { prepare } from "./streams.ts";

const { env } = process;
const count = Number(env.COUNT ?? 1_000);

const nc = await connect({
  ...options(),
  name: "producer",
  reconnectTimeWait: Number(env.RECONNECT_WAIT_MS ?? 2_000),
  maxReconnectAttempts: -1,
  waitOnFirstConnect: true,
  // The client keeps the caller's stack for each request, for a
  // better error. That costs as much as the publish itself.
  noAsyncTraces: true,
});
await prepare(nc, { replicas: Number(env.REPLICAS ?? 1) });

const { stored, again, duplicates } = await publishAll(nc, orders(), {
  window: Number(env.WINDOW ?? 256),
  timeoutMs: Number(env.PUBLISH_TIMEOUT_MS ?? 5_000),
});
await nc.drain();
console.log(`${stored} stored; ${again} sent again, ${duplicates} known`);

function* orders(): Generator<Order> {
  const run = Date.now().toString(36);
  for (let number = 1; number <= count; number++) {
    const orderId = `${run}-${number}`;
    yield {
      id: `${orderId}-placed`,
      orderId,
      region: ["eu", "us", "asia"][number % 3]!,
      customer: "ada@example.com",
      sku: "mug",
      quantity: 1,
      amountCents: 1999,
      currency: "EUR",
      at: new Date().toISOString(),
    };
  }
}
