// Puts COUNT orders into the stream ORDERS. Its exit code says
// whether all of them are stored.

import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";

const count = Number(process.env.COUNT ?? 1000);
// How many PubAcks may be outstanding at the same time.
const window = Number(process.env.WINDOW ?? 256);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "producer",
});
const js = jetstream(nc);
console.log(`${count} orders, with a window of ${window}`);

let refused = 0;
const begun = performance.now();

// A PubAck needs its time on the wire, and nothing says that we
// have to stand still meanwhile. So `window` orders are under way
// at once. The server answers in the order in which it was asked:
// waiting for the oldest is waiting for the next.
const underWay: Promise<void>[] = [];
for (let n = 1; n <= count; n++) {
  underWay.push(publish(n));
  if (underWay.length >= window) await underWay.shift();
}
await Promise.all(underWay);

const rate = Math.round((1000 * count) / (performance.now() - begun));
console.log(`${count - refused} of ${count} orders stored`);
console.log(`${rate} orders a second`);
process.exitCode = refused === 0 ? 0 : 1;
await nc.close();

// One order, with a PubAck of its own. Never throws: it counts.
async function publish(n: number): Promise<void> {
  const order = {
    id: `${n}-placed`,
    orderId: String(n),
    region: "eu",
    customer: "ada@example.com",
    sku: "mug",
    quantity: 1,
    amountCents: 1000 + ((n * 37) % 9000),
    currency: "EUR",
    at: new Date().toISOString(),
  };
  try {
    await js.publish(`orders.placed.eu.${n}`, JSON.stringify(order));
  } catch (error) {
    refused++;
    if (refused === 1) console.error((error as Error).message);
  }
}
