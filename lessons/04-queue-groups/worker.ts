// A packing worker. It hears every order and asks the warehouse
// to reserve the goods: one ticket for each order it gets.
//
//   npx tsx lessons/04-queue-groups/worker.ts

import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "worker",
});

// Ctrl-C and SIGTERM ask the worker to stop.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

// TODO 1: three workers run, and every order is packed three times.
// Make them share: each order goes to one of them.
const orders = nc.subscribe("orders.placed.*.*");

for await (const message of orders) {
  const order = message.json<Order>();
  const receipt = await reserve(order);
  console.log(`${order.orderId} reserved: ${receipt.id}`);
}

// TODO 2: a worker is asked to stop in the middle of the rush.
// Orders that are on their way to it get lost here.
async function stop(): Promise<void> {
  await nc.close();
}
