// The payments worker, moved to today's client. What it does on
// the wire is what it did before.

import { AckPolicy, jetstream } from "@nats-io/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import type { JsMsg } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect, headers, nanos } from "@nats-io/transport-node";
import type { Msg } from "@nats-io/transport-node";
import { charge } from "#world";

interface Order {
  id: string;
  orderId: string;
  amountCents: number;
  currency: string;
}

const { NATS_URL = "nats://127.0.0.1:4222", ACK_WAIT_MS = "30000" } =
  process.env;

// A connection is a connection. What used to hang on it now takes
// it as an argument, from a package of its own.
const nc = await connect({ servers: NATS_URL, name: "worker" });
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("ORDERS", {
  durable_name: "payments",
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(Number(ACK_WAIT_MS)),
  filter_subject: "orders.placed.>",
});

// `create` makes the bucket if it is not there. `open` does not.
const receipts = await new Kvm(nc).create("receipts");
const payments = await jetstream(nc).consumers.get(
  "ORDERS",
  "payments",
);

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

// An order that cannot be charged is tried three times in all. The
// count has one name now, and it is 1 at the first delivery.
async function pay(message: JsMsg): Promise<void> {
  const order = message.json<Order>();
  try {
    const receipt = await charge(order, { idempotencyKey: order.id });
    await receipts.put(order.orderId, receipt.id);
    message.ack();
  } catch (error) {
    console.error(`${order.orderId}: ${(error as Error).message}`);
    if (message.info.deliveryCount >= 3) message.term();
    else message.nak(100);
  }
}

// Text and bytes go in as they are. Text comes out by `string()`,
// an object by `json()`: there is nothing to encode or decode.
async function answer(message: Msg): Promise<void> {
  const entry = await receipts.get(message.string());
  if (entry) {
    message.respond(entry.value);
    return;
  }
  const refusal = headers();
  refusal.set("Nats-Service-Error-Code", "404");
  message.respond("no such receipt", { headers: refusal });
}

function stop(): void {
  messages.stop();
}
