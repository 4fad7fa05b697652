import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "worker" });

process.once("SIGTERM", async () => {
  orders.unsubscribe();
  await nc.close();
});
const orders = nc.subscribe("orders.placed.*.*", { queue: "workers" });
for await (const message of orders) await reserve(message.json<Order>());
