import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import { track } from "#world";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "worker" });
const js = jetstream(nc);
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (stopped = true));

async function serve(name: string): Promise<void> {
  const consumer = await js.consumers.get("ORDERS", name);
  while (!stopped) {
    const message = await consumer.next();
    if (!message) continue;
    const [, , event = "", , orderId = ""] = message.subject.split(".");
    while (!(await told(orderId, event))) {
      message.working();
      await sleep(50);
    }
    await message.ackAck();
  }
}

async function told(orderId: string, event: string): Promise<boolean> {
  return track({ orderId, event }).then(() => true, () => false);
}

const parts = Number(process.env.PARTITIONS ?? 8);
await Promise.all(Array.from({ length: parts }, (_, n) => serve(`track-${n}`)));
await nc.drain();
