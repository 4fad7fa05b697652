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

await jsm.consumers.info("ORDERS", "payments").catch(() => jsm.consumers.add("ORDERS", {
  durable_name: "payments",
  filter_subject: "orders.placed.>",
  deliver_policy: "all",
  ack_policy: "explicit",
  ack_wait: nanos(ackWaitMs),
}));
const payments = await jetstream(nc).consumers.get("ORDERS", "payments");

let stopping = false;
process.once("SIGINT", () => (stopping = true));
process.once("SIGTERM", () => (stopping = true));

while (!stopping) {
  const message = await payments.next({ expires: 4_000 });
  if (!message) continue;
  const busy = setInterval(() => message.working(), ackWaitMs / 2);
  const done = await charge(message.json<Order>()).then(() => true, () => false);
  clearInterval(busy);
  if (done) await message.ackAck();
}
await nc.close();
