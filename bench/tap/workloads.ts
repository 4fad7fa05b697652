import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";

/** One thing to measure: how many messages, and how they are sent. */
export interface Workload {
  title: string;
  /** True: at least 95 % of its rate must come through the tap. */
  promised: boolean;
  messages: number;
  /** Sends all messages over a connection to `url` and answers with messages a second. */
  run(url: string, messages: number): Promise<number>;
}

/** An order as the lessons send it, about 170 bytes. */
const ORDER = JSON.stringify({ id: "1001-placed", orderId: "1001", region: "eu", customer: "ada@example.com", sku: "mug", quantity: 1, amountCents: 1999, currency: "EUR", at: "2026-03-01T09:15:00.000Z" });

const WINDOW = 256;
let runs = 0;

export const WORKLOADS: Workload[] = [
  { title: "core publish and subscribe", promised: false, messages: 150_000, run: core },
  { title: "JetStream, await each PubAck", promised: false, messages: 1_500, run: awaitEach },
  { title: `JetStream, ${WINDOW} PubAcks outstanding`, promised: true, messages: 15_000, run: windowed },
  { title: "JetStream, consume and ack", promised: true, messages: 20_000, run: consumeAndAck },
];

/** Makes the streams: one to publish into, one that is full of orders to consume. */
export async function prepare(url: string): Promise<void> {
  const nc = await connect({ servers: url });
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: "IN", subjects: ["in.>"], max_msgs: 50_000 });
  await jsm.streams.add({ name: "OUT", subjects: ["out.>"] });
  await publishWindowed(nc, "out.orders", Math.max(...WORKLOADS.map((workload) => workload.messages).slice(3)));
  await nc.close();
}

async function core(url: string, messages: number): Promise<number> {
  const [publisher, subscriber] = await Promise.all([connect({ servers: url }), connect({ servers: url })]);
  const all = new Promise<void>((resolve) => {
    let got = 0;
    subscriber.subscribe("core.orders", { callback: () => void (++got === messages && resolve()) });
  });
  await subscriber.flush();
  const begun = performance.now();
  for (let n = 0; n < messages; n++) {
    publisher.publish("core.orders", ORDER);
    // A flush every now and then: otherwise the client's own buffer is what is measured.
    if (n % 1_000 === 999) await publisher.flush();
  }
  await all;
  return finish(begun, messages, [publisher, subscriber]);
}

async function awaitEach(url: string, messages: number): Promise<number> {
  const nc = await connect({ servers: url });
  const js = jetstream(nc);
  const begun = performance.now();
  for (let n = 0; n < messages; n++) await js.publish("in.orders", ORDER);
  return finish(begun, messages, [nc]);
}

async function windowed(url: string, messages: number): Promise<number> {
  const nc = await connect({ servers: url });
  const begun = performance.now();
  await publishWindowed(nc, "in.orders", messages);
  return finish(begun, messages, [nc]);
}

async function publishWindowed(nc: NatsConnection, subject: string, messages: number): Promise<void> {
  const js = jetstream(nc);
  let sent = 0;
  const lane = async () => {
    while (sent++ < messages) await js.publish(subject, ORDER);
  };
  await Promise.all(Array.from({ length: WINDOW }, lane));
}

async function consumeAndAck(url: string, messages: number): Promise<number> {
  const nc = await connect({ servers: url });
  const jsm = await jetstreamManager(nc);
  const name = `c${++runs}`;
  await jsm.consumers.add("OUT", { durable_name: name, ack_policy: AckPolicy.Explicit, max_ack_pending: 4_000 });
  const consumer = await jetstream(nc).consumers.get("OUT", name);
  const begun = performance.now();
  let got = 0;
  const work = await consumer.consume();
  for await (const message of work) {
    message.ack();
    if (++got === messages) break;
  }
  await nc.flush();
  const rate = (messages / (performance.now() - begun)) * 1_000;
  await jsm.consumers.delete("OUT", name);
  await nc.close();
  return rate;
}

async function finish(begun: number, messages: number, connections: NatsConnection[]): Promise<number> {
  const rate = (messages / (performance.now() - begun)) * 1_000;
  await Promise.all(connections.map((nc) => nc.close()));
  return rate;
}
