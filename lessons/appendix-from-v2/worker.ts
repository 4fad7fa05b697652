// A payments worker as people wrote it for years. It runs, and
// keeps its contract: nothing is wrong with it but its client.
//
//   npx tsx lessons/appendix-from-v2/worker.ts

// TODO 1: `nats` is the older client. Move this program to
// @nats-io/transport-node, @nats-io/jetstream and @nats-io/kv. The
// table in the README says what became what.
import {
  AckPolicy,
  connect,
  headers,
  JSONCodec,
  nanos,
  StringCodec,
} from "nats";
import type { JsMsg, Msg } from "nats";
import { charge } from "#world";

interface Order {
  id: string;
  orderId: string;
  amountCents: number;
  currency: string;
}

const { NATS_URL = "nats://127.0.0.1:4222", ACK_WAIT_MS = "30000" } =
  process.env;
const json = JSONCodec<Order>();
const text = StringCodec();

const nc = await connect({ servers: NATS_URL, name: "worker" });
const jsm = await nc.jetstreamManager();
await jsm.consumers.add("ORDERS", {
  durable_name: "payments",
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(Number(ACK_WAIT_MS)),
  filter_subject: "orders.placed.>",
});

// The bucket is made if it is not there.
const js = nc.jetstream();
const receipts = await js.views.kv("receipts");
const payments = await js.consumers.get("ORDERS", "payments");

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

// Anybody may ask for the receipt of an order.
nc.subscribe("receipts.get", {
  queue: "receipts",
  callback: (_error, message) => void answer(message),
});

const messages = await payments.consume({ max_messages: 1 });
for await (const message of messages) await pay(message);
await nc.drain();

// An order that cannot be charged is tried three times in all.
async function pay(message: JsMsg): Promise<void> {
  const order = json.decode(message.data);
  try {
    const receipt = await charge(order, { idempotencyKey: order.id });
    await receipts.put(order.orderId, text.encode(receipt.id));
    message.ack();
  } catch (error) {
    console.error(`${order.orderId}: ${(error as Error).message}`);
    if (message.info.redeliveryCount >= 3) message.term();
    else message.nak(100);
  }
}

async function answer(message: Msg): Promise<void> {
  const entry = await receipts.get(text.decode(message.data));
  if (entry) {
    message.respond(entry.value);
    return;
  }
  const refusal = headers();
  refusal.set("Nats-Service-Error-Code", "404");
  message.respond(text.encode("no such receipt"), {
    headers: refusal,
  });
}

function stop(): void {
  messages.stop();
}
