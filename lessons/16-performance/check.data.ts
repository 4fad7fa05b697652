import { jetstream } from "@nats-io/jetstream";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";

const WINDOW = 500;

/** Puts events into ORDERS past the tap, as quickly as a bare client can: nobody's wire is part of it. */
export async function fill(lab: Lab, orders: readonly OrderEvent[]): Promise<void> {
  const js = jetstream(await lab.nats);
  const texts = orders.map((order) => [subjectOf(order), JSON.stringify(order)] as const);
  for (let at = 0; at < texts.length; at += WINDOW) await Promise.all(texts.slice(at, at + WINDOW).map(([subject, text]) => js.publish(subject, text)));
}

/** What the worker has to say in the end: every event once, in cents. */
export function sumOf(orders: readonly OrderEvent[]): number {
  const amounts = new Map(orders.map(({ id, amountCents }) => [id, amountCents]));
  return [...amounts.values()].reduce((sum, cents) => sum + cents, 0);
}
