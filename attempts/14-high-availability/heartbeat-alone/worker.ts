// A payments worker, as in lesson 12: it takes an order from the
// stream, charges the card, and acks.

import { nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamApiError } from "@nats-io/jetstream";
import { charge } from "#world";
import { connectAs } from "./connection.ts";

interface Order {
  id: string;
  orderId: string;
  amountCents: number;
  currency: string;
}

// How long the server waits for an ack, in milliseconds.
const ackWaitMs = Number(process.env.ACK_WAIT_MS ?? 30_000);

const nc = await connectAs("worker");
const jsm = await jetstreamManager(nc);
try {
  // It has as many replicas as its stream.
  await jsm.consumers.add("ORDERS", {
    durable_name: "payments",
    filter_subject: "orders.placed.>",
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
  });
} catch (error) {
  // 10148: there is one, with another ack wait. It keeps it.
  if ((error as JetStreamApiError).code !== 10148) throw error;
}
const js = jetstream(nc);
const payments = await js.consumers.get("ORDERS", "payments");

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

// A request for orders waits at the server that leads the consumer.
// If that one dies, the request dies with it, and nobody says so:
// the worker notices that the heartbeats are missing. They come
// twice in `expires`; with the default of 30 s it would ask again
// after half a minute.
const messages = await payments.consume({
  max_messages: 10,
  idle_heartbeat: 1000,
});
console.log(`process ${process.pid} waits for orders`);

for await (const message of messages) {
  const order = message.json<Order>();
  try {
    // An order that comes twice is charged once: same id, same key.
    await charge(order, { idempotencyKey: order.id });
    message.ack();
    console.log(`${order.orderId} charged`);
  } catch (error) {
    // No ack: it comes again.
    const { message: why } = error as Error;
    console.log(`${order.orderId} not charged: ${why}`);
  }
}
await nc.drain();

function stop(): void {
  messages.stop();
}
