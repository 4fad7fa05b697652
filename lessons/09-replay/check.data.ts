import { jetstream, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { makeOrders, randomFrom, subjectOf, type OrderEvent } from "#engine/lab/orders.ts";

/** An event of the shop's past, on its subject. */
export interface Past {
  subject: string;
  event: OrderEvent;
}

const KINDS = ["placed", "paid", "shipped", "declined"];
const DAYS = ["2026-02-28", "2026-03-01", "2026-03-02"];
/** Times that lie close to a change of day. */
const TIMES = ["00:00:00.000Z", "11:30:00.000Z", "23:59:59.999Z"];
/** Events on their way to the server at once. */
const WINDOW = 2_000;

/** A past of `count` events: of all kinds and regions, over three days, the last one no payment. */
export function makePast(random: () => number, count: number): Past[] {
  return makeOrders(random, count).map((order, index) => {
    const kind = index === count - 1 ? "shipped" : KINDS[Math.floor(random() * KINDS.length)] ?? "paid";
    const at = `${DAYS[Math.floor(random() * DAYS.length)]}T${TIMES[Math.floor(random() * TIMES.length)]}`;
    return { subject: subjectOf(order, kind), event: { ...order, id: `${order.orderId}-${kind}`, at } };
  });
}

/** What the bucket has to say about a past: cents by `<day>.<region>`. */
export function truthOf(past: Past[]): Record<string, string> {
  const sums: Record<string, number> = {};
  for (const { subject, event } of past) {
    if (!subject.startsWith("orders.paid.")) continue;
    const key = `${event.at.slice(0, 10)}.${event.region}`;
    sums[key] = (sums[key] ?? 0) + event.amountCents;
  }
  return Object.fromEntries(Object.entries(sums).map(([key, cents]) => [key, String(cents)]));
}

/**
 * Stores events in order, the next numbers of the stream. The server reads the messages of a connection one after the
 * other: the PubAck of a last one speaks for those before it. Throws when the stream did not take them all.
 */
export async function keep(nc: NatsConnection, past: Past[]): Promise<void> {
  const js = jetstream(nc);
  for (let at = 0; at < past.length; at += WINDOW) {
    const part = past.slice(at, at + WINDOW).map(({ subject, event }) => ({ subject, body: JSON.stringify(event) }));
    const [first, ...rest] = part;
    const last = rest.pop();
    const begun = js.publish(first!.subject, first!.body);
    for (const { subject, body } of rest) nc.publish(subject, body);
    const ended = last ? js.publish(last.subject, last.body) : begun;
    const [{ seq: from }, { seq: to }] = await Promise.all([begun, ended]);
    if (to - from !== part.length - 1) throw new Error(`Cannot keep ${part.length} events: the stream took ${to - from + 1}`);
  }
}

/** The stream of the open house, with a past in it, for a learner who runs the programs by hand. */
export async function makeHistory(nc: NatsConnection, jsm: JetStreamManager): Promise<void> {
  const { state } = await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"], retention: "limits", storage: "file", allow_direct: true });
  if (state.messages === 0) await keep(nc, makePast(randomFrom("by hand"), 2_000));
}
