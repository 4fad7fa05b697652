import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
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
  max_ack_pending: 4,
  ack_wait: nanos(ackWaitMs),
}));
const payments = await jetstream(nc).consumers.get("ORDERS", "payments");

const open = new Set<Promise<void>>();
async function handle(message: JsMsg): Promise<void> {
  const busy = setInterval(() => message.working(), ackWaitMs / 3);
  try {
    await charge(message.json<Order>());
    await message.ackAck();
  } catch {
    message.nak(300);
  } finally {
    clearInterval(busy);
  }
}

const messages = await payments.consume({
  max_messages: 10,
  callback: (message) => {
    const work = handle(message).finally(() => open.delete(work));
    open.add(work);
  },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, leave);

async function leave(): Promise<void> {
  messages.stop();
  await Promise.all(open);
  await nc.drain();
  process.exit(0);
}
