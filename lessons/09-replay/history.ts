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

  const messages = await consumer.consume();
  for await (const message of messages) {
    yield message;
    // TODO 1: this is to be the end of history. It never comes when
    // the last message of the stream is of another kind, or deleted,
    // or when there is none. And when orders come in all the time?
    if (message.seq === state.last_seq) break;
  }

  // TODO 2: whoever lists the stream's consumers finds ours for five
  // more minutes.
  await messages.close();
}
