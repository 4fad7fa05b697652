// Adds up COUNT orders of the stream ORDERS, tells the sum on
// `totals.done`, and ends.
//
//   COUNT=5000 npx tsx lessons/16-performance/worker.ts

import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";

interface Order {
  id: string;
  amountCents: number;
}

const count = Number(process.env.COUNT ?? 1000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "worker",
});
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("ORDERS", {
  durable_name: "totals",
  ack_policy: "explicit",
});
const js = jetstream(nc);
const totals = await js.consumers.get("ORDERS", "totals");

// Ids that were counted: the stream may have an order twice.
const seen = new Set<string>();
let sum = 0;

const messages = await totals.consume({ max_messages: 500 });
for await (const message of messages) {
  const order = message.json<Order>();
  if (!seen.has(order.id)) {
    seen.add(order.id);
    sum += order.amountCents;
  }
  if (seen.size === count) break;
  message.ack();
}

console.log(`${seen.size} orders, ${sum} cents`);
nc.publish("totals.done", String(sum));
// The last acks are still here. `drain` writes them, then closes.
await nc.drain();
