// A packing worker. It hears every order and asks the warehouse
// to reserve the goods: one ticket for each order it gets.

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

// Ctrl-C and SIGTERM ask the worker to stop. The handlers stand
// before the subscription: from its first message on, a worker
// knows how to leave.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

//@ 2
// Everybody who subscribes in the queue group `workers` is one of
// several hands. The server picks one member for each message, at
// random. Nobody registers the group anywhere: a worker joins by
// subscribing and leaves by going away.
const orders = nc.subscribe("orders.placed.*.*", {
  queue: "workers",
});
//@ 1-1| const orders = nc.subscribe("orders.placed.*.*");

for await (const message of orders) {
  const order = message.json<Order>();
  const receipt = await reserve(order);
  console.log(`${order.orderId} reserved: ${receipt.id}`);
}

// `drain` tells the server to send nothing new, and takes in what
// is on its way. It is finished when the messages are in our
// hands, not when we are done with them. So nothing ends the
// process here: the loop above works through the rest, and with
// nothing left to do the program ends by itself.
async function stop(): Promise<void> {
  await nc.drain();
}
