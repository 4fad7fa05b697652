import { connect } from "@nats-io/transport-node";
import { sendMail } from "#world";

interface Order {
  orderId: string;
  customer: string;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "mailer",
});

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const placed = nc.subscribe("orders.placed.*.*");

for await (const message of placed) {
  const order = message as unknown as Order;
  await sendMail({ orderId: order.orderId, to: order.customer });
  console.log(`${order.orderId}: wrote to ${order.customer}`);
}

async function stop(): Promise<void> {
  await nc.drain();
}
