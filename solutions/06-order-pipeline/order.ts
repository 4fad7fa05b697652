// What payments and fulfilment know about an order: how to read
// one, what goes along with it, and what the next event about it
// looks like. Lesson 5 is about such a contract.

import {
  headers,
  type Msg,
  type PublishOptions,
} from "@nats-io/transport-node";

/** A placed, paid or shipped order: the shape is the same. */
export interface Order {
  id: string;
  orderId: string;
  region: string;
  customer: string;
  sku: string;
  quantity: number;
  amountCents: number;
  currency: string;
  at: string;
}

/** Headers that go along, from message to call to message. */
export type Trail = Record<string, string>;

// Anybody may publish anything. What is no order throws here, and
// whoever called goes on with the next message.
export function readOrder(message: Msg): Order {
  const order = message.json<Partial<Order> | null>();
  if (isOrder(order)) return order;
  throw new Error("this is no order");
}

// One customer's click leaves one trail, in every log on its way.
export function trailOf(message: Msg): Trail {
  const id = message.headers?.get("Correlation-Id");
  return id ? { "Correlation-Id": id } : {};
}

/** The next event about an order: nc.publish(...event("paid", …)) */
export function event(
  what: string,
  order: Order,
  trail: Trail,
): [subject: string, body: string, options: PublishOptions] {
  const { orderId, region } = order;
  const id = `${orderId}-${what}`;
  const at = new Date().toISOString();
  const along = headers();
  for (const name in trail) along.set(name, trail[name] ?? "");
  return [
    `orders.${what}.${region}.${orderId}`,
    JSON.stringify({ ...order, id, at }),
    { headers: along },
  ];
}

// Region and order id become parts of a subject, so they may hold
// only what a part may hold: no dot, no space, no star.
function isOrder(order: Partial<Order> | null): order is Order {
  return (
    [order?.orderId, order?.region].every(isToken) &&
    [order?.customer, order?.sku, order?.currency].every(isText) &&
    isWhole(order?.quantity, 1) &&
    isWhole(order?.amountCents, 0)
  );
}

function isToken(value: unknown): boolean {
  return typeof value === "string" && /^[\w-]+$/.test(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}
