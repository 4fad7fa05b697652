import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "packer" });

for await (const message of nc.subscribe("orders.paid.*.*")) await reserve(message.json<Order>());
