import { randomUUID } from "node:crypto";
import { connect } from "@nats-io/transport-node";
import { makeOrders, randomFrom, subjectOf } from "#engine/lab/orders.ts";

/** Places orders by hand, as the shop: publishes events on `orders.placed.<region>.<orderId>`. Answers their subjects. */
export async function placeOrders({ servers, count }: { servers: string; count: number }): Promise<string[]> {
  const nc = await connect({ servers, name: "shop", reconnect: false });
  const orders = makeOrders(randomFrom(randomUUID()), count);
  for (const order of orders) nc.publish(subjectOf(order), JSON.stringify(order));
  await nc.drain();
  return orders.map((order) => subjectOf(order));
}
