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

const settings = {
  durable_name: "payments",
  filter_subject: "orders.placed.>",
  deliver_policy: "all",
  ack_policy: "explicit",
  ack_wait: nanos(ackWaitMs),
} as const;
await jsm.consumers.add("ORDERS", settings).catch(() => jsm.consumers.update("ORDERS", "payments", { ack_wait: settings.ack_wait }));
const payments = await jetstream(nc).consumers.get("ORDERS", "payments");

const messages = await payments.consume({
  max_messages: 1,
  callback: async (message) => {
    const busy = setInterval(() => message.working(), ackWaitMs / 3);
    await charge(message.json<Order>()).then(() => message.ack(), () => {});
    clearInterval(busy);
  },
});
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

async function stop(): Promise<void> {
  await messages.close();
  await nc.drain();
}
