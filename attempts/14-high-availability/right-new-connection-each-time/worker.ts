// A payments worker, as in lesson 12: it takes an order from the
// stream, charges the card, and acks.

import { nanos, type NatsConnection } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
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

let leaving = false;
let stop = () => {};
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => {
    leaving = true;
    stop();
  });
}

while (!leaving) {
  const nc = await connectAs("worker");
  try {
    await work(nc);
  } catch (error) {
    console.log(`once more: ${(error as Error).message}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  } finally {
    await nc.close();
  }
}

async function work(nc: NatsConnection): Promise<void> {
  const jsm = await jetstreamManager(nc);
  await jsm.consumers.add("ORDERS", {
    durable_name: "payments",
    filter_subject: "orders.placed.>",
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
  });
  const payments = await jetstream(nc).consumers.get("ORDERS", "payments");
  const messages = await payments.consume({ max_messages: 10, expires: 2000 });
  stop = () => messages.stop();
  for await (const message of messages) {
    const order = message.json<Order>();
    try {
      await charge(order, { idempotencyKey: order.id });
      message.ack();
    } catch {
      // It comes again.
    }
  }
  await nc.flush();
}
