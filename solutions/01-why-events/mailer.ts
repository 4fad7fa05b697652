// The mailer. It hears of every order that was placed, and writes
// to the customer.

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

// Ctrl-C and SIGTERM ask the mailer to stop.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

//@ 3
// Each `*` stands for one part of the subject: any region, any id.
// The checkout does not know that we listen. A second listener, for
// statistics say, would change nothing here and nothing there.
const placed = nc.subscribe("orders.placed.*.*");

//@ 3
// One mail after the other. If the mail service is slow, mails are
// late. Nobody stands at the till and waits for them.
for await (const message of placed) {
  const order = message.json<Order>();
  await sendMail({ orderId: order.orderId, to: order.customer });
  console.log(`${order.orderId}: wrote to ${order.customer}`);
}

async function stop(): Promise<void> {
  await nc.drain();
}
