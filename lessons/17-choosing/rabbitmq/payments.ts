// Payments: for every order that is placed, the money, and an event
// that says how that went. The ack comes after both.
//
//   npx tsx lessons/17-choosing/rabbitmq/payments.ts

import { charge, type WorldError } from "#world";
import { readOrder, say, serve, trailOf } from "./order.ts";
import type { Order, Trail } from "./order.ts";

const { CONCURRENCY = "8" } = process.env;

await serve("payments", Number(CONCURRENCY), async (message, to) => {
  const order = readOrder(message);
  const trail = trailOf(message);
  await say(to, await takeMoney(order, trail), order, trail);
});

// The same key again makes no second charge: a message may come
// twice here as well.
async function takeMoney(order: Order, headers: Trail) {
  try {
    await charge(order, { idempotencyKey: order.id, headers });
    return "paid";
  } catch (error) {
    if ((error as WorldError).status === 402) return "declined";
    throw error;
  }
}
