// Four orders at once. The server counts them, not the program.
import { createHash } from "node:crypto";
import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { charge } from "#world";

const nc = await connect({ servers: process.env.NATS_URL });
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("ORDERS", {
  durable_name: "payments",
  filter_subject: "orders.placed.*.*",
  ack_policy: "explicit",
  ack_wait: nanos(Number(process.env.ACK_WAIT_MS ?? 30_000)),
  max_ack_pending: 4,
});

const payments = await jetstream(nc).consumers.get("ORDERS", "payments");
const messages = await payments.consume({ callback: take });

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void messages.close().then(() => nc.drain()));
}

async function take(message) {
  const event = message.json();
  const key = createHash("sha256").update(event.id).digest("hex");
  try {
    await charge(event, { headers: { "Idempotency-Key": key } });
    await message.ackAck({ timeout: 1000 });
  } catch (error) {
    console.error(`${event.id}: ${error.message}`);
  }
}
