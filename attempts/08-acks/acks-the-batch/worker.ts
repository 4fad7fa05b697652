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

let stopping = false;
process.once("SIGINT", () => (stopping = true));
process.once("SIGTERM", () => (stopping = true));

while (!stopping) {
  const batch = [];
  for await (const message of await payments.fetch({ max_messages: 5, expires: 1_000 })) batch.push(message);
  const busy = setInterval(() => batch.forEach((message) => message.working()), ackWaitMs / 3);
  try {
    await Promise.all(batch.map((message) => charge(message.json<Order>())));
    for (const message of batch) message.ack();
  } catch (error) {
    console.log((error as Error).message);
  } finally {
    clearInterval(busy);
  }
}
await nc.drain();
