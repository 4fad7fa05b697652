// The shop's till. It puts the orders of a file into the stream
// ORDERS, and says with its exit code whether all of them are in.

import { readFile } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";

interface Order {
  orderId: string;
  region: string;
}

// Checks name another file. Paths start at the repository's root.
const file =
  process.env.ORDERS_FILE ?? "lessons/07-streams/orders.json";
const orders: Order[] = JSON.parse(await readFile(file, "utf8"));

// How long to wait for one answer of the server.
const timeout = Number(process.env.PUBLISH_TIMEOUT_MS ?? 5000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "producer",
});
const js = jetstream(nc);

// `js.publish` is a request. Its answer is the PubAck: the stream's
// name and the number that the message has in it. Only with that
// in hand is an order stored. A full stream, a missing one and an
// answer that does not come in time all end in the `catch`.
let stored = 0;
for (const order of orders) {
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  try {
    js.publish(subject, JSON.stringify(order), { timeout });
    stored++;
  } catch (error) {
    // The next one would fare no better: stop at the first.
    console.error(`${order.orderId}: ${(error as Error).message}`);
    break;
  }
}
console.log(`${stored} of ${orders.length} orders stored`);

// Whoever started this program reads its exit code, and not its
// lines. Nothing is on its way any more: closing is enough.
process.exitCode = stored === orders.length ? 0 : 1;
await nc.close();
