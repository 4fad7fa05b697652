import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { connect as connectRabbit } from "amqplib";

/** The same three pieces of work on a broker. Each answers with messages a second. */
export interface Contestant {
  name: string;
  /** One message after the other, each waited for until the broker says that it is on disk. */
  awaitEach(messages: number): Promise<number>;
  /** The same, with up to WINDOW of them on their way. */
  windowed(messages: number): Promise<number>;
  /** Messages that are there already, each acked by itself; up to WINDOW delivered and not acked. */
  consume(messages: number): Promise<number>;
}

export const WINDOW = 256;
/** An order as the lessons send it, about 170 bytes. */
const ORDER = JSON.stringify({ id: "1001-placed", orderId: "1001", region: "eu", customer: "ada@example.com", sku: "mug", quantity: 1, amountCents: 1999, currency: "EUR", at: "2026-03-01T09:15:00.000Z" });

/** JetStream: a workqueue stream in a file, one replica, explicit acks. */
export function onNats(name: string, url: string): Contestant {
  const fresh = async () => {
    const nc = await connectNats({ servers: url });
    const jsm = await jetstreamManager(nc);
    await jsm.streams.delete("WORK").catch(() => {});
    await jsm.streams.add({ name: "WORK", subjects: ["work"], retention: "workqueue", storage: "file" });
    return { nc, jsm, js: jetstream(nc) };
  };
  const publish = (width: number) => async (messages: number) => {
    const { nc, js } = await fresh();
    const rate = await timed(messages, () => inLanes(messages, width, () => js.publish("work", ORDER)));
    await nc.close();
    return rate;
  };
  return {
    name,
    awaitEach: publish(1),
    windowed: publish(WINDOW),
    async consume(messages) {
      const { nc, jsm, js } = await fresh();
      await inLanes(messages, WINDOW, () => js.publish("work", ORDER));
      await jsm.consumers.add("WORK", { durable_name: "w", ack_policy: AckPolicy.Explicit, max_ack_pending: WINDOW });
      const consumer = await js.consumers.get("WORK", "w");
      const rate = await timed(messages, async () => {
        let got = 0;
        for await (const message of await consumer.consume({ max_messages: WINDOW })) {
          message.ack();
          if (++got === messages) break;
        }
        // A round trip: the server has read every ack.
        await nc.flush();
      });
      await nc.close();
      return rate;
    },
  };
}

/** RabbitMQ: a quorum queue with one member, publisher confirms, manual acks. Its queue goes with each piece of work. */
export function onRabbit(name: string, url: string): Contestant {
  const QUEUE = `workshop-bench-${process.pid}`;
  const fresh = async () => {
    const connection = await connectRabbit(url);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(QUEUE, { durable: true, arguments: { "x-queue-type": "quorum" } });
    const body = Buffer.from(ORDER);
    const publish = () => new Promise<void>((resolve, reject) => {
      channel.publish("", QUEUE, body, { persistent: true }, (error: unknown) => (error ? reject(error as Error) : resolve()));
    });
    return { connection, channel, publish };
  };
  const publishAll = (width: number) => async (messages: number) => {
    const { connection, channel, publish } = await fresh();
    const rate = await timed(messages, () => inLanes(messages, width, publish));
    await channel.deleteQueue(QUEUE);
    await connection.close();
    return rate;
  };
  return {
    name,
    awaitEach: publishAll(1),
    windowed: publishAll(WINDOW),
    async consume(messages) {
      const { connection, channel, publish } = await fresh();
      await inLanes(messages, WINDOW, publish);
      await channel.prefetch(WINDOW);
      const rate = await timed(messages, async () => {
        let got = 0;
        await new Promise<void>((resolve, reject) => {
          const take = (message: Parameters<Parameters<typeof channel.consume>[1]>[0]) => {
            if (!message) return;
            channel.ack(message);
            if (++got === messages) resolve();
          };
          channel.consume(QUEUE, take).catch(reject);
        });
        // A round trip on the same channel: the broker has read every ack.
        await channel.checkQueue(QUEUE);
      });
      await channel.deleteQueue(QUEUE);
      await connection.close();
      return rate;
    },
  };
}

/** Runs `one` so often, with up to `width` of them at a time. */
async function inLanes(count: number, width: number, one: () => Promise<unknown>): Promise<void> {
  let begun = 0;
  const lane = async () => {
    while (begun++ < count) await one();
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Messages a second. */
async function timed(messages: number, work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (messages / (performance.now() - begun)) * 1_000;
}
