import { setTimeout as pause } from "node:timers/promises";
import { jetstream, type ConsumerConfig, type ConsumerMessages, type JsMsg } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { makeWorkStream, removeStreams, store } from "#engine/lab/streams.ts";

/** The pipeline of a check: its streams, and the consumer with what the illness needs. Durations of `payments` are milliseconds. */
export async function makePipeline(lab: Lab, payments?: { ackWait: number } & Partial<ConsumerConfig>): Promise<void> {
  await removeStreams(lab);
  const { streams, consumers } = await lab.jsm();
  await makeWorkStream(lab);
  await streams.add({ name: "DEAD", subjects: ["dead.>"], retention: "limits", storage: "file", allow_direct: true });
  if (!payments) return;
  const { ackWait, ...config } = payments;
  await consumers.add("WORK", { durable_name: "payments", filter_subject: "orders.placed.>", ack_policy: "explicit", ack_wait: nanos(ackWait), ...config });
}

/** Orders that wait in the work queue. */
export async function place(lab: Lab, count: number): Promise<OrderEvent[]> {
  const orders = lab.orders(count);
  await store(lab, orders);
  return orders;
}

/**
 * A worker with `most` orders in hand all the while, and none waits: every `ms` it acks its newest and places another, in
 * one write, so no look finds one more or less. Deliveries rise and nothing comes twice. After `rotate()` it acks its
 * oldest, so the ack floor rises too.
 */
export async function thoroughWorker(lab: Lab, most: number, ms: number): Promise<{ rotate(): void; stop(): Promise<void> }> {
  const nc = await lab.connect("thorough worker");
  const js = jetstream(nc);
  const messages = await (await js.consumers.get("WORK", "payments")).consume({ max_messages: 1_000 });
  const held: JsMsg[] = [];
  let [oldest, going] = [false, true];
  void eachOf(messages, (message) => void held.push(message));
  const working = (async () => {
    for (; going; await pause(ms)) {
      const [order] = lab.orders(1);
      if (held.length < most) continue;
      (oldest ? held.shift() : held.pop())?.ack();
      await js.publish(subjectOf(order!), JSON.stringify(order));
    }
  })();
  return {
    rotate() {
      oldest = true;
    },
    async stop() {
      going = false;
      await working;
    },
  };
}

/** A worker that has taken all there is and acks one order every `ms`: nothing is delivered any more, and the ack floor rises. */
export async function finishingWorker(lab: Lab, ms: number): Promise<{ stop(): Promise<void> }> {
  const held: JsMsg[] = [];
  const messages = await takes(lab, "finishing worker", 1_000);
  void eachOf(messages, (message) => void held.push(message));
  const timer = setInterval(() => held.shift()?.ack(), ms);
  return {
    /** Acks what is left and takes nothing more. */
    async stop() {
      clearInterval(timer);
      await messages.close();
      const acked = await Promise.all(held.splice(0).map((message) => message.ackAck()));
      if (acked.includes(false)) throw new Error("An order of the finishing worker could not be acked");
    },
  };
}

/** A worker that needs `ms` for each order: it keeps moving, and the queue hardly gets shorter. */
export async function slowWorker(lab: Lab, ms: number): Promise<void> {
  const messages = await takes(lab, "slow worker", 5);
  void eachOf(messages, (message) => pause(ms).then(() => message.ack()));
}

/**
 * A worker that hangs: it gives each order back once, so that all have been delivered twice, and then holds what it
 * has without a word. The consumer's ack wait must be long.
 */
export async function hangingWorker(lab: Lab): Promise<void> {
  const messages = await takes(lab, "hanging worker", 100);
  void eachOf(messages, (message) => {
    if (!message.redelivered) message.nak();
  });
}

/** A worker that fails at every order and says nothing: with a short ack wait the server delivers them for ever. */
export async function failingWorker(lab: Lab): Promise<void> {
  void eachOf(await takes(lab, "failing worker", 10_000), () => {});
}

/** Goes on until the check ends, which closes the connection under it. */
async function eachOf(messages: ConsumerMessages, work: (message: JsMsg) => unknown): Promise<void> {
  try {
    for await (const message of messages) await work(message);
  } catch {
    // The connection is closed: the check is over.
  }
}

async function takes(lab: Lab, name: string, max_messages: number): Promise<ConsumerMessages> {
  const payments = await jetstream(await lab.connect(name)).consumers.get("WORK", "payments");
  return payments.consume({ max_messages });
}
