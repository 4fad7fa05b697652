import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamApiError, JsMsg } from "@nats-io/jetstream";
import { charge } from "#world";

interface Order {
  orderId: string;
  amountCents: number;
  currency: string;
}

// So many calls at a time the provider allows. One more, and it
// answers 429: too many.
const limit = Number(process.env.LIMIT ?? 8);
// How long the server waits for an ack, in milliseconds.
const ackWaitMs = Number(process.env.ACK_WAIT_MS ?? 30_000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "worker",
});
const jsm = await jetstreamManager(nc);
try {
  await jsm.consumers.add("WORK", {
    durable_name: "payments",
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
  });
} catch (error) {
  // 10148: there is one, with other settings. It keeps them.
  if ((error as JetStreamApiError).code !== 10148) throw error;
}
const payments = await jetstream(nc).consumers.get("WORK", "payments");

// Ctrl-C and SIGTERM: ask for nothing new. The loop below goes on
// until the orders that have come already are begun.
process.once("SIGINT", () => messages.stop());
process.once("SIGTERM", () => messages.stop());

const messages = await payments.consume();
console.log(`process ${process.pid}, LIMIT is ${limit}`);

let loops = 1;
await take();
await nc.drain();

// Each loop that has something to do lets another one begin.
async function take(): Promise<void> {
  for await (const message of messages) {
    const next = loops++ < limit ? take() : undefined;
    await Promise.all([handle(message), next]);
  }
}

async function handle(message: JsMsg): Promise<void> {
  const order = message.json<Order>();
  try {
    await charge(order);
    message.ack();
    console.log(`${order.orderId} charged`);
  } catch (error) {
    // No ack: the order comes back when its ack wait is over.
    const { message: reason } = error as Error;
    console.log(`${order.orderId} not charged: ${reason}`);
  }
}
