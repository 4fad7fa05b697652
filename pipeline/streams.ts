// Where the orders wait, and where those go that nobody can do.

import { nanos, type NatsConnection } from "@nats-io/transport-node";
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import type {
  ConsumerConfig,
  JetStreamManager,
  StreamConfig,
} from "@nats-io/jetstream";

export interface Places {
  /** Servers that keep a copy. 1, or 3 on a cluster. */
  replicas?: number;
  /** How long a worker may be silent about an order, in ms. */
  ackWaitMs?: number;
  /** How long a message id is remembered, in ms. */
  windowMs?: number;
  storage?: "file" | "memory";
}

/**
 * Makes the streams `WORK` (a work queue: what is acked is gone)
 * and `DEAD` (what was given up, with its reason), and the durable
 * consumer `payments` that all workers share. What is there already
 * gets these settings, and keeps what is in it.
 */
export async function prepare(
  nc: NatsConnection,
  {
    replicas = 1,
    ackWaitMs = 30_000,
    windowMs = 120_000,
    storage = "file",
  }: Places = {},
): Promise<void> {
  const jsm = await jetstreamManager(nc);
  const common = { num_replicas: replicas, storage };
  await stream(jsm, "WORK", {
    ...common,
    subjects: ["orders.placed.>"],
    retention: "workqueue",
    discard: "new",
    duplicate_window: nanos(windowMs),
  });
  await stream(jsm, "DEAD", { ...common, subjects: ["dead.>"] });
  await consumer(jsm, "WORK", {
    durable_name: "payments",
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
    // The worker counts, and parks what came too often: no order
    // is left in the stream that nobody is given any more.
    max_deliver: -1,
    // For all workers together, not for each.
    max_ack_pending: 10_000,
  });
}

async function stream(
  jsm: JetStreamManager,
  name: string,
  config: Partial<StreamConfig>,
): Promise<void> {
  try {
    await jsm.streams.update(name, config);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await jsm.streams.add({ name, ...config });
  }
}

async function consumer(
  jsm: JetStreamManager,
  name: string,
  config: Partial<ConsumerConfig> & { durable_name: string },
): Promise<void> {
  try {
    await jsm.consumers.update(name, config.durable_name, config);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await jsm.consumers.add(name, config);
  }
}

// 10059: no such stream; 10014: no such consumer.
function isMissing(error: unknown): boolean {
  const code = error instanceof JetStreamApiError ? error.code : 0;
  return code === 10059 || code === 10014;
}
