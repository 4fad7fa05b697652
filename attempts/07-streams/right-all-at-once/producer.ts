import { readFile } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";

interface Order {
  orderId: string;
  region: string;
}
const file =
  process.env.ORDERS_FILE ?? "lessons/07-streams/orders.json";
const orders: Order[] = JSON.parse(await readFile(file, "utf8"));
const timeout = Number(process.env.PUBLISH_TIMEOUT_MS ?? 5000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "producer",
});
const js = jetstream(nc);
const answers = await Promise.allSettled(orders.map(publish));
const missing = answers.filter(({ status }) => status === "rejected").length;
await nc.drain();
process.exit(missing > 0 ? 1 : 0);

async function publish(order: Order & { id?: string }): Promise<void> {
  const once = () =>
    js.publish(`orders.placed.${order.region}.${order.orderId}`, JSON.stringify(order), { timeout, ...(order.id ? { msgID: order.id } : {}) });
  await once().catch(once);
}
