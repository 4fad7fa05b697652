import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import type { JetStreamApiError } from "@nats-io/jetstream";

interface Order {
  orderId: string;
  region: string;
}

// The error code of a stream that is full.
const FULL = 10077;

// Checks name another file. Paths start at the repository's root.
const file =
  process.env.ORDERS_FILE ?? "lessons/10-backpressure/orders.json";
const orders: Order[] = JSON.parse(await readFile(file, "utf8"));

// So many orders may be on their way without a PubAck.
const window = Number(process.env.WINDOW ?? 256);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "producer",
});
const js = jetstream(nc);
console.log(`${orders.length} orders, WINDOW is ${window}`);

for (let at = 0; at < orders.length; at += window) {
  const some = orders.slice(at, at + window);
  for (;;) {
    const sent = await Promise.allSettled(some.map(store));
    if (sent.every(({ status }) => status === "fulfilled")) break;
    await sleep(200);
  }
}
console.log(`${orders.length} orders stored`);
await nc.drain();

async function store(order: Order): Promise<void> {
  await js.publish(`orders.placed.${order.region}.${order.orderId}`, JSON.stringify(order)).catch((error: JetStreamApiError) => {
    throw error.code === FULL ? new Error("full") : error;
  });
}
