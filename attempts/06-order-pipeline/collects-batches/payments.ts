// Payments. For every order that is placed it asks the payment
// provider for the money, and says how that went.
//
//   npx tsx lessons/06-order-pipeline/payments.ts

import { connect, type Msg } from "@nats-io/transport-node";
import { charge, type WorldError } from "#world";
import { event, readOrder, trailOf } from "./order.ts";
import type { Order, Trail } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222", CONCURRENCY = "8" } =
  process.env;
const nc = await connect({ servers: NATS_URL, name: "payments" });
console.log(`at most ${CONCURRENCY} orders in work`);

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const placed = nc.subscribe("orders.placed.*.*", { queue: "payments" });

let batch: Msg[] = [];
for await (const message of placed) {
  batch.push(message);
  if (batch.length < Number(CONCURRENCY)) continue;
  await Promise.all(batch.map((m) => pay(m).catch(report)));
  batch = [];
}
await Promise.all(batch.map((m) => pay(m).catch(report)));
await nc.drain();

async function pay(message: Msg): Promise<void> {
  const order = readOrder(message);
  const trail = trailOf(message);
  const outcome = await takeMoney(order, trail);
  nc.publish(...event(outcome, order, trail));
  console.log(`${order.orderId} ${outcome}`);
}

// A card that is declined is an answer, and the shop wants to know.
// Any other failure says nothing about the card: no event.
async function takeMoney(order: Order, headers: Trail) {
  try {
    await charge(order, { headers });
    return "paid";
  } catch (error) {
    const { status } = error as WorldError;
    if (status === 402) return "declined";
    throw error;
  }
}

// One order that fails must not stop those behind it.
function report(error: Error): void {
  console.error(`not paid: ${error.message}`);
}

// Take nothing new. What is on its way still comes in, then the
// queue ends, and with it the program.
function stop(): void {
  void placed.drain();
}
