import type { FlightEvent } from "#engine/record/events.ts";
import type { Handle } from "./handle.ts";
import type { Lab } from "./lab.ts";

/** Somebody who orders over HTTP. What is not known before the answer is absent until then. */
export interface Customer {
  /** `customer 7`, as the record names her. */
  name: string;
  region: string;
  /** Different for each customer, and so is the price: her mail and her charge are known before her order has an id. */
  address: string;
  amountCents: number;
  /** Milliseconds of the record's clock. */
  asked: number;
  answered?: number;
  status?: number;
  orderId?: string;
  /** The answer's body as it came, at most 200 characters. */
  said?: string;
  /** Why there was no answer at all. */
  trouble?: string;
}

const REGIONS = ["eu", "us", "asia"];
const FIRST_PRICE = 1_000;

/** What a customer sends to `POST /orders`: other values each time, and all regions among any three. */
export function wish(lab: Lab) {
  const number = lab.record.where({ kind: "call", service: "/orders" }).length + 1;
  const name = Math.floor(lab.random() * 36 ** 6).toString(36);
  return { customer: `${name}@example.com`, region: REGIONS[number % 3]!, sku: "mug", quantity: 1, amountCents: FIRST_PRICE + number, currency: "EUR" };
}

/**
 * Sends an order to a shop's `PORT`, as a browser would; `body` in place of a good one. The answer comes when it
 * comes: nobody waits for it here, and `status` or `trouble` is there once it did. Both ends stand in the record.
 */
export function arrive(lab: Lab, shop: Handle, body?: string): Customer {
  const { customer: address, ...order } = wish(lab);
  const customer: Customer = { name: `customer ${order.amountCents - FIRST_PRICE}`, address, ...order, asked: lab.record.now() };
  lab.record.add({ kind: "call", program: customer.name, service: "/orders" });
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: body ?? JSON.stringify({ customer: address, ...order }) };
  fetch(`http://127.0.0.1:${shop.port}/orders`, request).then(
    (response) => take(lab, customer, response),
    (error: Error) => (customer.trouble = ((error.cause ?? error) as Error).message),
  );
  return customer;
}

/** The answer she got, in words. */
export function told({ status, trouble, said }: Customer): string {
  if (trouble) return `there was no answer (${trouble})`;
  return status === 201 ? 'the answer was 201 without an "orderId"' : `the answer was ${status}${said ? ` ${said}` : ""}`;
}

/** What a customer and her order went through, oldest event first. Her order is known by its price as long as she has no id. */
export function storyOf(lab: Lab, customer: Partial<Customer> | undefined): FlightEvent[] {
  const charge = lab.world.ledger.find((call) => call.service === "charge" && (call.body as { amountCents?: number }).amountCents === customer?.amountCents);
  const id = customer?.orderId ?? charge?.orderId;
  return lab.record.where((event) => (event.program !== undefined && event.program === customer?.name) || (id !== undefined && (event.order === id || event.subject?.split(".")[3] === id)));
}

async function take(lab: Lab, customer: Customer, response: Response): Promise<void> {
  const said = (await response.text().catch(() => "")).trim().slice(0, 200);
  const orderId = idIn(said);
  lab.record.add({ kind: "answer", program: customer.name, service: "/orders", status: response.status, ...(orderId ? { order: orderId } : {}) });
  Object.assign(customer, { answered: lab.record.now(), status: response.status, said, ...(orderId ? { orderId } : {}) });
}

function idIn(body: string): string | undefined {
  try {
    const { orderId } = JSON.parse(body) as { orderId?: unknown };
    return typeof orderId === "string" ? orderId : undefined;
  } catch {
    return undefined;
  }
}
