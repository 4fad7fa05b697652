import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

interface Part {
  only?: string;
  since?: Date;
}

// No consumer at all: batches by sequence, straight from the stream.
export async function* history(nc: NatsConnection, { only = "orders.>", since }: Part) {
  const jsm = await jetstreamManager(nc);
  const { state } = await jsm.streams.info("ORDERS");
  let seq = Math.max(1, state.first_seq);
  for (let found = true; found && seq <= state.last_seq;) {
    found = false;
    const batch = await jsm.direct.getBatch("ORDERS", { seq, batch: 500, next_by_subj: only });
    for await (const stored of upTo404(batch)) {
      found = true;
      seq = stored.seq + 1;
      if (stored.seq > state.last_seq) return;
      if (since && stored.time < since) continue;
      yield {
        subject: stored.subject,
        data: stored.data,
        headers: stored.header,
        json: <T>() => stored.json<T>(),
      };
    }
  }
}

/** The server answers 404 where no message follows: that is the end. */
async function* upTo404<T>(batch: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* batch;
  } catch (error) {
    if ((error as { code?: number }).code !== 404) throw error;
  }
}
