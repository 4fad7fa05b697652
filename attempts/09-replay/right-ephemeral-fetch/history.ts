import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JsMsg } from "@nats-io/jetstream";
import { nanos, type NatsConnection } from "@nats-io/transport-node";

interface Part {
  only?: string;
  since?: Date;
}

// A consumer of its own that goes by itself, read in fetches.
export async function* history(nc: NatsConnection, { only = "orders.>", since }: Part): AsyncGenerator<JsMsg> {
  const jsm = await jetstreamManager(nc);
  const last = (await jsm.streams.info("ORDERS")).state.last_seq;
  const { name } = await jsm.consumers.add("ORDERS", {
    filter_subject: only,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(2_000),
    ...(since && { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since.toISOString() }),
  });
  const consumer = await jetstream(nc).consumers.get("ORDERS", name);
  let { num_pending: left } = await consumer.info();
  while (left > 0) {
    for await (const message of await consumer.fetch({ max_messages: Math.min(left, 200), expires: 2_000 })) {
      if (message.seq > last) return;
      yield message;
      left = message.info.pending;
    }
  }
}
