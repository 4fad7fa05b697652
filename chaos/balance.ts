import type { FlightEvent } from "#engine/record/events.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { readStream, type Stored } from "#engine/lab/streams.ts";
import { eventually } from "./place.ts";
import { subjectOf, type Order } from "../pipeline/order.ts";

/** What became of one accepted order. */
export interface Fate {
  order: Order;
  charged: number;
  shipped: number;
  /** `Dead-Reason` of its dead letter, where it has one. */
  reason?: string;
  /** What is wrong with that; absent where nothing is. */
  wrong?: string;
}

/** The balance of a run. */
export interface Balance {
  accepted: number;
  /** Charged once and shipped. */
  fulfilled: number;
  /** Among the dead letters, by the first word of the reason. */
  parked: Record<string, number>;
  /** Accepted, and neither fulfilled nor parked. */
  lost: Fate[];
  /** Charged more than once. */
  doubled: Fate[];
  /** Announced to the carrier more than once, which knows no keys: counted, and no fault. */
  shippedAgain: number;
}

/** Holds every accepted order against the provider's own book, the carrier's, and the dead letters. */
export async function balanceOf(lab: Lab, accepted: Iterable<Order>): Promise<Balance> {
  const letters = new Map(((await eventually(() => readStream(lab, "DEAD"))) ?? []).map((letter) => [letter.subject, letter]));
  const [charged, shipped] = [effects(lab, "charge"), effects(lab, "ship")];
  const fates = [...accepted].map((order) => fateOf(order, { charged: charged.get(order.orderId) ?? 0, shipped: shipped.get(order.orderId) ?? 0, letter: letters.get(`dead.${subjectOf(order)}`) }));
  return {
    accepted: fates.length,
    fulfilled: fates.filter(({ charged, shipped }) => charged === 1 && shipped > 0).length,
    parked: countBy(fates.flatMap(({ reason }) => (reason ? [reason.split(":")[0]!] : []))),
    lost: fates.filter(({ charged, wrong }) => wrong && charged <= 1),
    doubled: fates.filter(({ charged }) => charged > 1),
    shippedAgain: fates.filter(({ shipped }) => shipped > 1).length,
  };
}

/** Everything the record has of an order, and of the servers meanwhile, oldest first. */
export function lifeOf(lab: Lab, { orderId }: Order): FlightEvent[] {
  const its = lab.record.where((event) => event.order === orderId || event.subject?.endsWith(`.${orderId}`) === true || event.request?.endsWith(`.${orderId}`) === true);
  const [from = 0, to = 0] = [its[0]?.t, its.at(-1)?.t];
  const around = lab.record.where((event) => event.t >= from && event.t <= to && (event.kind === "server" || event.kind === "exit" || event.kind === "signal"));
  return [...its, ...around].sort((a, b) => a.t - b.t);
}

function fateOf(order: Order, { charged, shipped, letter }: { charged: number; shipped: number; letter: Stored | undefined }): Fate {
  const reason = letter && (letter.headers["Dead-Reason"]?.[0] ?? "");
  const wrong = wrongWith({ charged, shipped, reason });
  return { order, charged, shipped, ...(reason === undefined ? {} : { reason }), ...(wrong ? { wrong } : {}) };
}

function wrongWith({ charged, shipped, reason }: { charged: number; shipped: number; reason: string | undefined }): string | undefined {
  if (charged > 1) return `it is charged ${charged} times`;
  if (reason === "") return "it is among the dead letters, without a reason";
  if (reason !== undefined) return undefined;
  if (charged === 0) return shipped > 0 ? "it is shipped and not charged" : "it is neither charged nor parked";
  return shipped > 0 ? undefined : "it is charged, and neither shipped nor parked";
}

function effects(lab: Lab, service: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { service: of, orderId, effect } of lab.world.ledger) {
    if (of === service && effect && orderId !== undefined) counts.set(orderId, (counts.get(orderId) ?? 0) + 1);
  }
  return counts;
}

function countBy(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
