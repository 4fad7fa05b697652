// A packer. It hears every order and asks the warehouse to reserve
// the goods: one ticket for each order it gets.
//
//   npx tsx lessons/__NN__-__SLUG__/packer.ts

import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "packer",
});

for await (const message of nc.subscribe("orders.placed.*.*")) {
  const order = message.json<Order>();
  // TODO: nothing is packed yet. The warehouse has a `reserve`.
  console.log(`${order.orderId} heard; ${reserve.name} not called`);
}
