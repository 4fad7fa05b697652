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

// TODO 2: this asks for one order, and the request goes all the way
// to the server and the order all the way back, each time. Have the
// client ask ahead, for some hundreds.
while (seen.size < count) {
  const message = await totals.next();
  if (!message) continue;
  const order = message.json<Order>();
  if (!seen.has(order.id)) {
    seen.add(order.id);
    sum += order.amountCents;
  }
  // TODO 3: and this waits until the server has confirmed the ack.
  // Is there anything that has to wait for it?
  await message.ackAck();
}

console.log(`${seen.size} orders, ${sum} cents`);
nc.publish("totals.done", String(sum));
// The last acks are still here. `drain` writes them, then closes.
await nc.drain();
