import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect, errors } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";

// `id` names one fact. An order may have several: a pen was added.
interface Order {
  id: string;
  orderId: string;
  region: string;
}

// Checks name another file. Paths start at the repository's root.
const file =
  process.env.ORDERS_FILE ?? "lessons/12-idempotency/orders.json";
const orders: Order[] = JSON.parse(await readFile(file, "utf8"));

// How long to wait for one answer of the server.
const timeout = Number(process.env.PUBLISH_TIMEOUT_MS ?? 5000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "producer",
});
const js = jetstream(nc);

for (const order of orders) await publish(order);
await nc.close();

async function publish(order: Order): Promise<void> {
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  const body = JSON.stringify(order);
  const msgID = randomUUID();
  for (;;) {
    try {
      const options = { timeout, msgID };
      const ack = await js.publish(subject, body, options);
      const known = ack.duplicate ? ", known already" : "";
      console.log(`${order.id} is number ${ack.seq}${known}`);
      return;
    } catch (error) {
      // Any other error would only come again: end with code 1.
      if (!(error instanceof errors.TimeoutError)) throw error;
      console.log(`${order.id}: no answer, once more`);
    }
  }
}
