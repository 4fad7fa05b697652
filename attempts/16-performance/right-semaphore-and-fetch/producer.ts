// As many loops as may be under way, all drawing from one counter.

import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const js = jetstream(nc);
const count = Number(process.env.COUNT ?? 1000);
let next = 1;

async function lane(): Promise<void> {
  while (next <= count) {
    const n = next++;
    await js.publish(`orders.placed.eu.${n}`, JSON.stringify({ id: `${n}-placed`, orderId: String(n), region: "eu", amountCents: 100 }));
  }
}

try {
  await Promise.all(Array.from({ length: Number(process.env.WINDOW ?? 256) }, lane));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
await nc.close();
