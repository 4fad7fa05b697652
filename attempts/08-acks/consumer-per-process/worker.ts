import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { charge } from "#world";

interface Order {
  orderId: string;
  amountCents: number;
  currency: string;
}

const ackWaitMs = Number(process.env.ACK_WAIT_MS ?? 30_000);
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "worker" });
const jsm = await jetstreamManager(nc);

const name = `payments-${process.pid}`;
await jsm.consumers.add("ORDERS", {
  durable_name: name,
  filter_subject: "orders.placed.>",
  deliver_policy: "all",
  ack_policy: "explicit",
  ack_wait: nanos(ackWaitMs),
});
const payments = await jetstream(nc).consumers.get("ORDERS", name);

process.once("SIGINT", stop);
process.once("SIGTERM", stop);
const messages = await payments.consume({ max_messages: 1 });

for await (const message of messages) {
  const order = message.json<Order>();
  const busy = setInterval(() => message.working(), ackWaitMs / 3);
  try {
    await charge(order);
    message.ack();
  } catch (error) {
    console.log(`${order.orderId}: ${(error as Error).message}`);
  } finally {
    clearInterval(busy);
  }
}
await nc.drain();

function stop(): void {
  messages.stop();
}
