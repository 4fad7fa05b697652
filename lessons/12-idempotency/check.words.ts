import type { OrderEvent } from "#engine/lab/orders.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";

/** Whether a call is the charge for this event: two events of one order differ in their amounts. */
export function isFor(call: LedgerLine, event: OrderEvent): boolean {
  return call.service === "charge" && call.orderId === event.orderId && (call.body as { amountCents?: unknown }).amountCents === event.amountCents;
}

/** `not at all`, `once`, `twice`, `5 times`. */
export function sum(count: number): string {
  return count === 0 ? "not at all" : count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}
