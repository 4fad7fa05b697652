import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "worker" });

process.once("SIGTERM", async () => {
  await nc.drain();
  process.exit(0);
});
nc.subscribe("orders.placed.*.*", {
  queue: "workers",
  callback: (_error, message) => void reserve(message.json<Order>()),
});
