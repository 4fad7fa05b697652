import { randomUUID } from "node:crypto";
import { connect } from "@nats-io/transport-node";
import { makeOrders, randomFrom, subjectOf } from "#engine/lab/orders.ts";

/** How many orders, and which events of each, in order: `placed` alone unless they say otherwise. */
export interface Placing {
  servers: string;
  count: number;
  events?: readonly string[];
}

/** Places orders by hand, as the shop: publishes events on `orders.<event>.<region>.<orderId>`. Answers their subjects. */
export async function placeOrders({ servers, count, events = ["placed"] }: Placing): Promise<string[]> {
  const nc = await connect({ servers, name: "shop", reconnect: false });
  const all = makeOrders(randomFrom(randomUUID()), count).flatMap((order) => events.map((event) => ({ subject: subjectOf(order, event), body: { ...order, id: `${order.orderId}-${event}` } })));
  for (const { subject, body } of all) nc.publish(subject, JSON.stringify(body));
  await nc.drain();
  return all.map(({ subject }) => subject);
}
