// The shop's till. It puts the orders of a file into the stream
// ORDERS, and says with its exit code whether all of them are in.
//
//   npx tsx lessons/07-streams/producer.ts

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

let stored = 0;
for (const order of orders) {
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  try {
    // TODO 2: this asks the server to keep the order, and goes on
    // before there is an answer. Nobody has said "stored" yet.
    js.publish(subject, JSON.stringify(order), { timeout });
    stored++;
  } catch (error) {
    // The next one would fare no better: stop at the first.
    console.error(`${order.orderId}: ${(error as Error).message}`);
    break;
  }
}
console.log(`${stored} of ${orders.length} orders stored`);

// TODO 3: whoever started this program reads its exit code, and
// not its lines. Orders may be missing, and it ends with 0.
await nc.flush();
process.exit(0);
