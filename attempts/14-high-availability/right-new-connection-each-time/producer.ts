// The shop's till: COUNT orders, some 100 a second. It ends when
// every one of them is stored, however long that takes.

import { setTimeout as sleep } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { connectAs } from "./connection.ts";

const count = Number(process.env.COUNT ?? 1000);
const timeout = Number(process.env.PUBLISH_TIMEOUT_MS ?? 5000);

let nc = await connectAs("producer");
let js = jetstream(nc);

// Every run has orders of its own.
const run = Date.now().toString(36);

for (let number = 1; number <= count; number++) {
  const orderId = `${run}-${number}`;
  const order = {
    id: `${orderId}-placed`,
    orderId,
    region: "eu",
    customer: "ada@example.com",
    sku: "mug",
    quantity: 1,
    amountCents: 1999,
    currency: "EUR",
    at: new Date().toISOString(),
  };
  await store(order);
  await sleep(10);
}
console.log(`${count} orders stored`);
await nc.drain();

// No PubAck may mean that the order is not stored, or that its ack
// was lost on the way. Nobody can tell, so it is sent again under
// the id it had: the stream takes each id once.
async function store(order: { id: string; orderId: string }) {
  const subject = `orders.placed.eu.${order.orderId}`;
  for (;;) {
    try {
      const message = { msgID: order.id, timeout };
      await js.publish(subject, JSON.stringify(order), message);
      return;
    } catch (error) {
      if (nc.isClosed()) {
        nc = await connectAs("producer");
        js = jetstream(nc);
      }
      const { message: why } = error as Error;
      console.log(`${order.orderId} again: ${why}`);
      await sleep(250);
    }
  }
}
