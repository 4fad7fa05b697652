// Every ack is confirmed, all of them together at the end.

import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("ORDERS", { durable_name: "totals", ack_policy: "explicit" });
const totals = await jetstream(nc).consumers.get("ORDERS", "totals");
const count = Number(process.env.COUNT ?? 1000);

const seen = new Map<string, number>();
const confirmed: Promise<boolean>[] = [];
const messages = await totals.consume();
for await (const message of messages) {
  const order = message.json<{ id: string; amountCents: number }>();
  seen.set(order.id, order.amountCents);
  confirmed.push(message.ackAck());
  if (seen.size === count) break;
}
await Promise.all(confirmed);
let sum = 0;
for (const cents of seen.values()) sum += cents;
nc.publish("totals.done", String(sum));
await nc.drain();
