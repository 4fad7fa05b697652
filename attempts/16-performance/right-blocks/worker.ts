// Batches of 400, one after the other.

import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("ORDERS", { durable_name: "totals", ack_policy: "explicit", max_ack_pending: 2_000 });
const totals = await jetstream(nc).consumers.get("ORDERS", "totals");
const count = Number(process.env.COUNT ?? 1000);

const amounts = new Map<string, number>();
while (amounts.size < count) {
  for await (const message of await totals.fetch({ max_messages: 400, expires: 5_000 })) {
    const { id, amountCents } = message.json<{ id: string; amountCents: number }>();
    amounts.set(id, amountCents);
    message.ack();
    if (amounts.size === count) break;
  }
}
nc.publish("totals.done", `${[...amounts.values()].reduce((a, b) => a + b, 0)}`);
await nc.drain();
