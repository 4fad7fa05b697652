import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";

/** How often an order's card was charged. */
export function effects(lab: Lab, order: OrderEvent): number {
  return lab.world.ledger.filter((call) => call.service === "charge" && call.orderId === order.orderId && call.effect).length;
}

/** Whether an ack for this order was seen on the wire. */
export function acked(lab: Lab, order: OrderEvent): boolean {
  return sceneOf(lab).some((event) => event.kind === "ack" && event.subject === subjectOf(order));
}

/** The orders that a worker was given and has neither acked nor given back. Without a tap nobody knows: all of them. */
export function inHand(lab: Lab, worker: Handle, orders: OrderEvent[]): OrderEvent[] {
  if (!lab.tap) return orders;
  const events = worker.events();
  return orders.filter((order) => {
    const last = events.findLast((event) => event.subject === subjectOf(order) && HANDLING.has(event.kind));
    return last?.kind === "deliver" || last?.kind === "progress";
  });
}

/** Of those the ones it has not even tried to charge. */
export function notBegun(lab: Lab, worker: Handle, orders: OrderEvent[]): OrderEvent[] {
  const begun = new Set(worker.calls().map((call) => call.orderId));
  return inHand(lab, worker, orders).filter((order) => !begun.has(order.orderId));
}

/** What became of one order: deliveries, acks, calls, and how the programs that had it ended. */
export function storyOf(lab: Lab, order: OrderEvent | undefined): FlightEvent[] {
  if (!order) return [];
  const scene = sceneOf(lab);
  const its = scene.filter((event) => event.program !== "shop" && (event.subject === subjectOf(order) || event.order === order.orderId));
  const had = new Set(its.map((event) => event.program));
  const ends = scene.filter((event) => had.has(event.program) && ENDS.has(event.kind));
  return [...its, ...ends].sort((a, b) => a.t - b.t);
}

/** Whether a worker says again and again that it works on an order whose charge was answered, while no card is being charged. */
export function stillAtIt({ scene }: Pick<Evidence, "scene">, calls: readonly LedgerLine[], orderId: unknown): boolean {
  if (!calls.some((call) => call.orderId === orderId)) return false;
  const over = Math.max(...calls.map(({ ended = Infinity }) => ended));
  return scene.filter(({ kind, subject, t }) => kind === "progress" && t > over && subject?.split(".")[3] === orderId).length >= EMPTY_WORDS;
}

/** So many in a row are more than a slow machine between two charges. */
const EMPTY_WORDS = 5;
const HANDLING = new Set<FlightEvent["kind"]>(["deliver", "progress", "ack", "nak", "term"]);
const ENDS = new Set<FlightEvent["kind"]>(["signal", "disconnect", "exit"]);
