import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "packer" });

nc.subscribe("orders.placed.*.*", { callback: (_error, message) => void reserve(message.json<Order>()) });
