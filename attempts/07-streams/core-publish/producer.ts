import { readFile } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";

interface Order {
  orderId: string;
  region: string;
}
const file =
  process.env.ORDERS_FILE ?? "lessons/07-streams/orders.json";
const orders: Order[] = JSON.parse(await readFile(file, "utf8"));

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "producer",
});
for (const order of orders) {
  nc.publish(`orders.placed.${order.region}.${order.orderId}`, JSON.stringify(order));
}
await nc.flush();
console.log(`${orders.length} orders stored`);
await nc.close();
