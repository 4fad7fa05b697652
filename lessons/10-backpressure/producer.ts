// The shop's till on a busy day. It puts the orders of a file into
// the stream WORK.
//
//   npx tsx lessons/10-backpressure/producer.ts

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

// TODO 3: this sends every order at once. With forty that is no
// matter; with a million it is the end of this program's memory.
// Have no more than WINDOW on their way without a PubAck.
await Promise.all(orders.map(store));
console.log("done");
await nc.drain();

// Resolves when the order is in the stream.
async function store(order: Order): Promise<void> {
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  try {
    await js.publish(subject, JSON.stringify(order));
  } catch (error) {
    if ((error as JetStreamApiError).code !== FULL) throw error;
    // TODO 4: a moment later there may be room again, and nobody
    // tries. Try again until the order is stored.
    await sleep(200);
    console.log(`${order.orderId} not stored: full`);
  }
}
