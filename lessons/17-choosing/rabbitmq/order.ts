// What the programs know about an order, and how they speak to the
// broker. Lesson 6 has the same for NATS.

import { connect } from "amqplib";
import type { ConfirmChannel, ConsumeMessage } from "amqplib";

/** A placed, paid or shipped order: the shape is the same. */
export interface Order {
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

/** Headers that go along, from message to call to message. */
export type Trail = Record<string, string>;

export const { AMQP_URL = "amqp://127.0.0.1:5672" } = process.env;

// What is no order will never be one: whoever reads it throws.
export function readOrder(message: ConsumeMessage): Order {
  const order = JSON.parse(message.content.toString()) as Order;
  const { orderId, region, amountCents } = order;
  const isToken = (text: unknown) => /^[\w-]+$/.test(String(text));
  if (![orderId, region].every(isToken) || !(amountCents >= 0)) {
    throw new Error("this is no order");
  }
  return order;
}

export function trailOf(message: ConsumeMessage): Trail {
  const id: unknown = message.properties.headers?.["Correlation-Id"];
  return typeof id === "string" ? { "Correlation-Id": id } : {};
}

// A confirm is what a PubAck is in JetStream: the broker has it. It
// says nothing about whether a queue was there to take it.
export async function say(
  channel: ConfirmChannel,
  what: string,
  order: Order,
  headers: Trail,
): Promise<void> {
  const { orderId, region } = order;
  const id = `${orderId}-${what}`;
  const at = new Date().toISOString();
  const body = Buffer.from(JSON.stringify({ ...order, id, at }));
  const key = `orders.${what}.${region}.${orderId}`;
  await new Promise<void>((resolve, reject) => {
    const options = { persistent: true, messageId: id, headers };
    channel.publish("orders", key, body, options, (error: unknown) =>
      error ? reject(error as Error) : resolve(),
    );
  });
  console.log(key);
}

// Takes up to `concurrency` messages of a queue at once: that is
// the prefetch, and it counts for this consumer alone. Whatever
// `work` throws puts the message back; after five deliveries it is
// a dead letter.
export async function serve(
  queue: string,
  concurrency: number,
  work: (
    message: ConsumeMessage,
    channel: ConfirmChannel,
  ) => Promise<void>,
): Promise<void> {
  const connection = await connect(AMQP_URL);
  const channel = await connection.createConfirmChannel();
  await channel.prefetch(concurrency);
  const inHand = new Set<Promise<void>>();

  const one = async (message: ConsumeMessage) => {
    try {
      await work(message, channel);
      channel.ack(message);
    } catch (error) {
      console.error(`${queue}: ${(error as Error).message}`);
      channel.nack(message);
    }
  };
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (!message) return;
    const job = one(message).finally(() => inHand.delete(job));
    inHand.add(job);
  });

  // Take nothing new, finish what is in hand, leave.
  const stop = async () => {
    await channel.cancel(consumerTag);
    await Promise.all(inHand);
    await connection.close();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}
