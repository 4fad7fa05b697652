import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "worker" });

let done: Promise<void>;
process.once("SIGTERM", async () => {
  await orders.drain();
  await done;
  await nc.close();
  process.exit(0);
});
const orders = nc.subscribe("orders.placed.*.*", { queue: "workers" });
async function work(): Promise<void> {
  const open = new Set<Promise<unknown>>();
  for await (const message of orders) {
    const call = reserve(message.json<Order>()).finally(() => open.delete(call));
    open.add(call);
    if (open.size >= 4) await Promise.race(open);
  }
  await Promise.all(open);
}
done = work();
await done;
