// The kitchen. It hears every order that was placed, and takes the
// ingredients from the shelf: one call of `reserve` for each message.

import { connect } from "@nats-io/transport-node";
import { reserve } from "#world";

interface Order {
  orderId: string;
  sku: string;
  quantity: number;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "kitchen",
});

// Ctrl-C and SIGTERM ask the kitchen to stop.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

//@ 3
// One star stands for one whole part, so this matches subjects of
// exactly four parts: any region, any order. A note to an order has
// five, and is no order.
const placed = nc.subscribe("orders.placed.*.*");
//@ 1-2| const placed = nc.subscribe("orders.placed.*");

// The server reads what a connection sends in the order it was sent.
// Who hears this message knows that the line above has arrived.
nc.publish("ready.kitchen");

for await (const message of placed) {
  const order = message.json<Order>();
  const receipt = await reserve(order);
  console.log(`${message.subject}: ${receipt.id}`);
}

async function stop(): Promise<void> {
  await nc.drain();
}
