// An order as the pipeline knows it: the event of every lesson,
// checked where it comes in (lesson 5).

/** A placed order. Money is whole cents, time is ISO 8601 in UTC. */
export interface Order {
  /** Names the event: one fact, one id. It is the message id of the
   * publish and the key of the charge. */
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

/** `orders.placed.eu.1001`: region and order id are safe tokens. */
export function subjectOf(order: Order): string {
  return `orders.placed.${order.region}.${order.orderId}`;
}

/** Reads what came over the wire. Throws if it is no order. */
export function readOrder(message: { json(): unknown }): Order {
  const order = message.json() as Partial<Order> | null;
  if (isOrder(order)) return order;
  throw new Error("this is no order");
}

function isOrder(order: Partial<Order> | null): order is Order {
  return (
    typeof order?.id === "string" &&
    isToken(order.orderId) &&
    isToken(order.region) &&
    typeof order.currency === "string" &&
    Number.isSafeInteger(order.amountCents)
  );
}

function isToken(value: unknown): boolean {
  return typeof value === "string" && /^[\w-]+$/.test(value);
}
