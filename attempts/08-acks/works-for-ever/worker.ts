// A payments worker. The orders are kept in the stream ORDERS. It
// takes one, charges the card, and only then tells the server that
// the order is done.

import { connect, nanos } from "@nats-io/transport-node";
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

// A consumer is the server's list of who has done what: which
// orders are out, with whom, since when, and which are done. All
// copies of this program share one, so they share the work.
try {
  await jsm.consumers.add("ORDERS", {
    durable_name: "payments",
    filter_subject: "orders.placed.>",
    deliver_policy: "all",
    // An order is done when its worker says so. When nobody has
    // said so for this long, somebody else gets the order. The
    // server counts in nanoseconds.
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
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
  // A charge may take longer than the server waits. Each `working`
  // says "still at it", and the server's clock starts anew. Three
  // in the time of one: one may be late.
  const busy = setInterval(() => message.working(), ackWaitMs / 3);
  try {
    await charge(order);
    // The card is charged: now the order is done. If we die before
    // this line, the server knows of no ack and gives the order to
    // somebody else.
    message.ack();
    clearInterval(busy);
    console.log(`${order.orderId} charged`);
  } catch (error) {
    // No ack, so the order comes back. The others go on meanwhile.
    const { message: reason } = error as Error;
    console.log(`${order.orderId} not charged: ${reason}`);
  }
}

// The loop has ended, and its last ack is written. `drain` waits
// until the server has read it, then closes the connection, and
// with nothing left to do the program ends by itself.
await nc.drain();

// Asks for nothing new. The loop above finishes what is in hand;
// its acks need the connection, so that stays open until then.
function stop(): void {
  messages.stop();
}
