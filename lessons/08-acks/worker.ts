// A payments worker. The orders are kept in the stream ORDERS. It
// takes one after the other, and charges the card.
//
//   npx tsx lessons/08-acks/worker.ts

import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamApiError } from "@nats-io/jetstream";
import { charge } from "#world";

interface Order {
  orderId: string;
  amountCents: number;
  currency: string;
}

// How long the server waits for an ack, in milliseconds.
const ackWaitMs = Number(process.env.ACK_WAIT_MS ?? 30_000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "worker",
});
const jsm = await jetstreamManager(nc);

// TODO 1: the server believes that an order is done as soon as it
// has sent it. Have it wait for an ack of each order, for as long
// as ACK_WAIT_MS says. Mind the unit: it counts in nanoseconds.
try {
  await jsm.consumers.add("ORDERS", {
    durable_name: "payments",
    filter_subject: "orders.placed.>",
    deliver_policy: "all",
  });
} catch (error) {
  // 10148: there is one, with other settings. It keeps them.
  if ((error as JetStreamApiError).code !== 10148) throw error;
  console.log("payments is there already, with other settings");
}

const js = jetstream(nc);
const payments = await js.consumers.get("ORDERS", "payments");

// Ctrl-C and SIGTERM ask the worker to stop.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

// One order at a time. Others could wait here in a buffer, but the
// server's clock would run for them as well.
const messages = await payments.consume({ max_messages: 1 });
console.log(`process ${process.pid}, ACK_WAIT_MS is ${ackWaitMs}`);

for await (const message of messages) {
  const order = message.json<Order>();
  // TODO 2: the ack says "done", and nothing is done yet. A worker
  // that dies now takes the order with it.
  message.ack();
  // TODO 4: a charge may take longer than the server waits. Then
  // somebody else gets the order too, and charges the card again.
  // Tell the server in time, and again, that you are still at it.
  try {
    await charge(order);
    console.log(`${order.orderId} charged`);
  } catch (error) {
    // The provider is down, or too busy: on with the next order.
    const { message: reason } = error as Error;
    console.log(`${order.orderId} not charged: ${reason}`);
  }
}

// TODO 3: a worker is asked to stop while it charges a card. This
// closes the connection at once, and the ack has no way out. Stop
// the messages first, and the connection after the loop.
async function stop(): Promise<void> {
  await nc.drain();
}
