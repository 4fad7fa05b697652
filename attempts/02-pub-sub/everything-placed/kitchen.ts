import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "kitchen" });

process.once("SIGINT", () => void nc.drain());
process.once("SIGTERM", () => void nc.drain());
const placed = nc.subscribe("orders.placed.>");
nc.publish("ready.kitchen");
for await (const message of placed) await reserve(message.json<Order>());
