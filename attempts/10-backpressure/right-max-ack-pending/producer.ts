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
  await Promise.all(orders.slice(at, at + window).map(store));
}
console.log(`${orders.length} orders stored`);
await nc.drain();

// Resolves when the order is in the stream.
async function store(order: Order): Promise<void> {
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  for (;;) {
    try {
      await js.publish(subject, JSON.stringify(order));
      return;
    } catch (error) {
      if ((error as JetStreamApiError).code !== FULL) throw error;
      // "Full" is no failure, it is the stream asking us to wait.
      // Nobody tells us when there is room: so ask again, and not
      // at once.
      await sleep(200);
    }
  }
}
