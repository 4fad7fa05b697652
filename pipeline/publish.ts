// The way in: an order is accepted when its PubAck is here, and it
// is in the stream once, however often it had to be sent.

import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { jetstream, type PubAck } from "@nats-io/jetstream";
import { subjectOf, type Order } from "./order.ts";
import { inLanes } from "./lanes.ts";

export interface PublishOptions {
  /** Orders on their way without a PubAck, at most. */
  window?: number;
  /** How long to wait for one PubAck, in ms. */
  timeoutMs?: number;
  /** How long to wait before an order is sent again, in ms. */
  retryMs?: number;
  /** Told of each order that is accepted. */
  onStored?: (order: Order, ack: PubAck) => void;
}

/** What came of it. */
export interface Published {
  /** Orders that are in the stream. */
  stored: number;
  /** Publishes without a PubAck: these orders were sent again. */
  again: number;
  /** PubAcks that said: this one I had already. */
  duplicates: number;
}

/**
 * Publishes every order and resolves when all are stored. An order
 * without a PubAck is sent again, under the same id, until it has
 * one. Throws if the connection is closed for good.
 */
export async function publishAll(
  nc: NatsConnection,
  orders: Iterable<Order> | AsyncIterable<Order>,
  options: PublishOptions = {},
): Promise<Published> {
  const { window = 256, timeoutMs = 5_000, retryMs = 250 } = options;
  const js = jetstream(nc);
  const result: Published = { stored: 0, again: 0, duplicates: 0 };
  // PubAcks that come in one read free their lanes in one turn, and
  // the client sends what is published then in one write.
  await inLanes(window, orders, store);
  return result;

  async function store(order: Order): Promise<void> {
    const message = { msgID: order.id, timeout: timeoutMs };
    const body = JSON.stringify(order);
    for (;;) {
      try {
        const ack = await js.publish(subjectOf(order), body, message);
        result.stored++;
        if (ack.duplicate) result.duplicates++;
        return options.onStored?.(order, ack);
      } catch (error) {
        if (nc.isClosed()) throw error;
        result.again++;
        await sleep(retryMs);
      }
    }
  }
}
