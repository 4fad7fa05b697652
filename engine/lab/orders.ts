import { createHash } from "node:crypto";

/** The event every lesson speaks of. Money is whole cents, time is ISO 8601 in UTC. */
export interface OrderEvent {
  /** Names the fact: `<orderId>-placed`. */
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

const REGIONS = ["eu", "us", "asia"];
const CUSTOMERS = ["ada", "grace", "edsger", "barbara", "alan"];
const SKUS = ["mug", "cap", "pen", "bag"];

/** A source of numbers that gives the same ones for the same seed, so that a failure can be run again. */
export function randomFrom(seed: string): () => number {
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0);
  return () => {
    // mulberry32, a public-domain generator by Tommy Ettinger.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Makes `count` orders whose ids differ in every run, so that a program cannot know them.
 * `make` may change any field of each.
 */
export function makeOrders(random: () => number, count: number, make: (index: number) => Partial<OrderEvent> = () => ({})): OrderEvent[] {
  const prefix = Math.floor(random() * 36 ** 4).toString(36).padStart(4, "0");
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const orderId = `${prefix}-${index + 1}`;
    const order = {
      orderId, region: pick(REGIONS), customer: `${pick(CUSTOMERS)}@example.com`, sku: pick(SKUS),
      quantity: 1 + Math.floor(random() * 3), amountCents: 100 + Math.floor(random() * 9_900), currency: "EUR",
      at: new Date(Date.UTC(2026, 2, 1, 9, 15) + index * 1_000).toISOString(),
      ...make(index),
    };
    return { id: `${order.orderId}-placed`, ...order };
  });
}

/** The subject an event goes out on: `orders.placed.eu.k3f9-1`. */
export function subjectOf(order: Pick<OrderEvent, "region" | "orderId">, event = "placed"): string {
  return `orders.${event}.${order.region}.${order.orderId}`;
}
