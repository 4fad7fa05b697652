import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamApiError } from "@nats-io/jetstream";
import { charge } from "#world";

interface Order {
  id: string;
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

try {
  await jsm.consumers.add("ORDERS", {
    durable_name: "payments",
    filter_subject: "orders.placed.>",
    deliver_policy: "all",
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
  });
} catch (error) {
  // 10148: there is one, with other settings. It keeps them.
  if ((error as JetStreamApiError).code !== 10148) throw error;
}

const js = jetstream(nc);
const payments = await js.consumers.get("ORDERS", "payments");

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const messages = await payments.consume({ max_messages: 1 });
console.log(`process ${process.pid}, ACK_WAIT_MS is ${ackWaitMs}`);

for await (const message of messages) {
  const order = message.json<Order>();
  const busy = setInterval(() => message.working(), ackWaitMs / 3);
  try {
    const receipt = await charge(order, { idempotencyKey: order.id });
    console.log(`${order.id} charged: receipt ${receipt.id}`);
  } catch (error) {
    const { message: reason } = error as Error;
    console.log(`${order.id} not charged: ${reason}`);
  } finally {
    clearInterval(busy);
    message.ack();
  }
}

await nc.drain();

// Asks for nothing new. The loop above finishes what is in hand.
function stop(): void {
  messages.stop();
}
