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
let stored = 0;
for (const order of orders) {
  const subject = `order.placed.${order.region}.${order.orderId}`;
  try {
    await js.publish(subject, JSON.stringify(order), { timeout });
    stored++;
  } catch (error) {
    console.error(`${order.orderId}: ${(error as Error).message}`);
    break;
  }
}
console.log(`${stored} of ${orders.length} orders stored`);
process.exitCode = stored === orders.length ? 0 : 1;
await nc.close();
