import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamApiError, JsMsg } from "@nats-io/jetstream";
import { charge, WorldError } from "#world";
import { deadHeaders, type Reason } from "./letter.ts";

interface Order {
  id: string;
  orderId: string;
  amountCents: number;
  currency: string;
}

const ackWaitMs = Number(process.env.ACK_WAIT_MS ?? 30_000);
// The time between the first two tries, and how many there may be.
const retryMs = Number(process.env.RETRY_MS ?? 200);
const maxDeliver = Number(process.env.MAX_DELIVER ?? 5);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "worker",
});
const jsm = await jetstreamManager(nc);
const js = jetstream(nc);

try {
  await jsm.consumers.add("WORK", {
    durable_name: "payments",
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
    // After so many deliveries the server gives an order to nobody
    // any more. It leaves it where it is: in WORK.
    max_deliver: maxDeliver,
  });
} catch (error) {
  // 10148: there is one, with other settings. It keeps them.
  if ((error as JetStreamApiError).code !== 10148) throw error;
}

const payments = await js.consumers.get("WORK", "payments");

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const messages = await payments.consume({ max_messages: 1 });
console.log(`RETRY_MS is ${retryMs}, MAX_DELIVER is ${maxDeliver}`);

for await (const message of messages) {
  try {
    const order = message.json<Order>();
    await charge(order, { idempotencyKey: order.id });
    message.ack();
    console.log(`${message.subject} charged`);
  } catch (error) {
    const { message: why } = error as Error;
    console.log(`${message.subject} failed: ${why}`);
    // If even that fails, there is no ack: the order comes back.
    await parkOrRetry(message, error).catch(console.error);
  }
}

await nc.drain();

async function parkOrRetry(message: JsMsg, error: unknown) {
  const attempt = message.info.deliveryCount;
  if (error instanceof SyntaxError) {
    await park(message, "malformed");
  } else if (error instanceof WorldError && error.status === 400) {
    await park(message, "refused");
  } else if (attempt >= maxDeliver) {
    await park(message, "exhausted");
  } else {
    message.nak(nanos(retryMs * 2 ** (attempt - 1)));
  }
}

async function park(message: JsMsg, reason: Reason): Promise<void> {
  const { subject, data, seq, info } = message;
  const given = { seq, attempts: info.deliveryCount, reason };
  const headers = deadHeaders(message.headers, given);
  await js.publish(`dead.${subject}`, data, { headers });
  message.ack();
  console.log(`${subject} given up: ${reason}`);
}

function stop(): void {
  messages.stop();
}
