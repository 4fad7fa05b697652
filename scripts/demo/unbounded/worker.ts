// A worker that begins whatever comes, and never counts what it has
// begun.

import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
import { charge } from "#world";

const { NATS_URL = "", ACK_WAIT_MS = "30000" } = process.env;
const nc = await connect({ servers: NATS_URL, name: "worker" });
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("WORK", { durable_name: "payments", ack_policy: "explicit", ack_wait: nanos(Number(ACK_WAIT_MS)) });
const payments = await jetstream(nc).consumers.get("WORK", "payments");
for await (const message of await payments.consume()) void handle(message);

async function handle(message: JsMsg): Promise<void> {
  try {
    await charge(message.json());
    message.ack();
  } catch {
    // No ack: it comes back when its ack wait is over.
  }
}
