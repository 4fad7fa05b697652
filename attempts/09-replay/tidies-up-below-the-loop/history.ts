// Reads a part of the stream ORDERS, from its first message to what
// is its last now. `revenue.ts` and `replay.ts` both read with it.

import { DeliverPolicy } from "@nats-io/jetstream";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

interface Part {
  /** A pattern; every subject when absent. */
  only?: string;
  /** Stored at or after this moment; from the first when absent. */
  since?: Date;
}

export async function* history(
  nc: NatsConnection,
  { only = "orders.>", since }: Part,
): AsyncGenerator<JsMsg> {
  const jsm = await jetstreamManager(nc);
  const { state } = await jsm.streams.info("ORDERS");

  // A consumer without a name of its own is an ordered one: it reads
  // from the start, in order, and acks nothing. The live workers'
  // consumer does not notice.
  const consumer = await jetstream(nc).consumers.get("ORDERS", {
    filter_subjects: only,
    ...(since && {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: since.toISOString(),
    }),
  });

  const { num_pending } = await consumer.info();
  if (num_pending > 0) {
    const messages = await consumer.consume();
    for await (const message of messages) {
      if (message.seq > state.last_seq) break;
      yield message;
      if (message.info.pending === 0) break;
    }
    await messages.close();
  }
  await consumer.delete();
}
