import { connect } from "@nats-io/transport-node";
import { sendMail } from "#world";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });

nc.subscribe("orders.placed.>", {
  queue: "mailers",
  callback: (_error, message) => {
    const { orderId, customer } = message.json<{ orderId: string; customer: string }>();
    sendMail({ orderId, to: customer }).catch(console.error);
  },
});
