// Fulfilment. An order that is paid is taken off the shelf and
// handed to the carrier; then fulfilment says so. It takes one
// order at a time: for more of them, start more copies.
//
//   npx tsx lessons/06-order-pipeline/fulfilment.ts

import { connect, type Msg } from "@nats-io/transport-node";
import { reserve, ship } from "#world";
import { event, readOrder, trailOf } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222" } = process.env;
const nc = await connect({ servers: NATS_URL, name: "fulfilment" });

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const paid = nc.subscribe("orders.paid.*.*", { queue: "fulfilment" });
for await (const message of paid) await fulfil(message).catch(report);
await nc.drain();

// Three steps, each after the one before it. The event comes last:
// it says what has happened, not what is going to.
async function fulfil(message: Msg): Promise<void> {
  const order = readOrder(message);
  const trail = trailOf(message);
  await reserve(order, { headers: trail }).catch(report);
  await ship(order, { headers: trail });
  nc.publish(...event("shipped", order, trail));
}

function report(error: Error): void {
  console.error(`not shipped: ${error.message}`);
}

function stop(): void {
  void paid.drain();
}
