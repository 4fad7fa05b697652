// Speaks the wire's own words: a PubAck is the answer to a request.
import { readFile } from "node:fs/promises";
import { connect, headers } from "@nats-io/transport-node";

const orders = JSON.parse(await readFile(process.env.ORDERS_FILE));
const timeout = Number(process.env.PUBLISH_TIMEOUT_MS ?? 5000);
const nc = await connect({ servers: process.env.NATS_URL });

for (const order of orders) {
  const name = headers();
  name.set("Nats-Msg-Id", order.id);
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  const body = JSON.stringify(order);
  let stored = false;
  while (!stored) {
    const answer = await nc
      .request(subject, body, { timeout, headers: name })
      .catch(() => undefined);
    stored = answer !== undefined && !answer.json().error;
  }
}
await nc.drain();
