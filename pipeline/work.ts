// The way through: take an order, have it done, say that it is.
// What cannot be done goes to the dead letters, with the reason.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { jetstream, type JsMsg } from "@nats-io/jetstream";
import { readOrder, type Order } from "./order.ts";
import { inLanes, meeting } from "./lanes.ts";

/** Thrown by an effect that will never succeed for this order. */
export class Refused extends Error {}

export interface WorkOptions {
  /** Orders in work at the same time. */
  concurrency?: number;
  /** Orders asked for ahead of those in work. */
  prefetch?: number;
  /** Must be what the consumer has, in ms. */
  ackWaitMs?: number;
  /** Deliveries after which an order is given up. */
  maxDeliver?: number;
  /** The first wait after a failure, in ms; it doubles. */
  retryMs?: number;
  /** Ends the work: what is in hand is finished, then it resolves. */
  signal?: AbortSignal;
}

/** What a worker did. */
export interface Worked {
  done: number;
  /** Given back, to be tried again. */
  retried: number;
  /** Parked among the dead letters. */
  parked: number;
}

/** The longest wait before an order is tried again, in ms. */
const LONGEST_MS = 30_000;
/** A dead server is noticed within twice half of this, in ms. */
const EXPIRES_MS = 2_000;

/**
 * Does `effect` for every order of `WORK`, each acked once it has
 * resolved. It may be called again for the same order (lesson 8),
 * so it must be harmless the second time (lesson 12). Resolves with
 * the counts when `signal` has ended it.
 */
export async function work(
  nc: NatsConnection,
  effect: (order: Order) => Promise<unknown>,
  options: WorkOptions = {},
): Promise<Worked> {
  const { concurrency = 8, ackWaitMs = 30_000 } = options;
  const { maxDeliver = 5, retryMs = 200 } = options;
  const { prefetch = concurrency, signal } = options;
  const js = jetstream(nc);
  const together = meeting();
  const inHand = new Set<JsMsg>();
  const result: Worked = { done: 0, retried: 0, parked: 0 };

  const payments = await js.consumers.get("WORK", "payments");
  const messages = await payments.consume({
    max_messages: concurrency + prefetch,
    expires: EXPIRES_MS,
  });
  const stop = () => messages.stop();
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });

  // Whatever is in hand longer than usual: somebody is still at it.
  const still = setInterval(() => {
    for (const message of inHand) message.working();
  }, ackWaitMs / 3);

  try {
    await inLanes(concurrency, messages, one);
  } finally {
    clearInterval(still);
    signal?.removeEventListener("abort", stop);
  }
  return result;

  async function one(message: JsMsg): Promise<void> {
    inHand.add(message);
    try {
      const reason = await attempt(message);
      // Only a letter that is stored lets the order go.
      if (reason) await park(message, reason);
      await together();
      message.ack();
      if (reason) result.parked++;
      else result.done++;
    } catch {
      // It failed, or the dead letters are out of reach: once more.
      const wait = retryMs * 2 ** (message.info.deliveryCount - 1);
      if (!nc.isClosed()) message.nak(Math.min(wait, LONGEST_MS));
      result.retried++;
    } finally {
      inHand.delete(message);
    }
  }

  /** Undefined if it is done, or why to give up. Throws to retry. */
  async function attempt(message: JsMsg): Promise<string | undefined> {
    const { deliveryCount } = message.info;
    // It came more often than it may: its workers have crashed.
    if (deliveryCount > maxDeliver) return "crashed";
    const order = orderIn(message);
    if (!order) return "malformed";
    try {
      await effect(order);
      return undefined;
    } catch (error) {
      const { message: why } = error as Error;
      if (error instanceof Refused) return `refused: ${why}`;
      if (deliveryCount >= maxDeliver) return `exhausted: ${why}`;
      throw error;
    }
  }

  async function park(message: JsMsg, reason: string): Promise<void> {
    const { stream } = message.info;
    await js.publish(`dead.${message.subject}`, message.data, {
      msgID: `${stream}-${message.seq}`,
      headers: withReason(message, reason),
    });
  }
}

function orderIn(message: JsMsg): Order | undefined {
  try {
    return readOrder(message);
  } catch {
    return undefined;
  }
}

// The letter keeps every header but those of the server.
function withReason(message: JsMsg, reason: string) {
  const kept = headers();
  for (const name of message.headers?.keys() ?? []) {
    if (name.startsWith("Nats-")) continue;
    for (const value of message.headers!.values(name)) {
      kept.append(name, value);
    }
  }
  kept.set("Dead-Reason", reason);
  return kept;
}
