import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
interface Part { only?: string; since?: Date }

import type { JsMsg } from "@nats-io/jetstream";
export async function* history(nc: NatsConnection, { only = "orders.>", since }: Part): AsyncGenerator<JsMsg> {
  const jsm = await jetstreamManager(nc);
  const last = await jsm.streams.getMessage("ORDERS", { last_by_subj: only });
  if (!last || (since && last.time < since)) return;
  const consumer = await jetstream(nc).consumers.get("ORDERS", {
    filter_subjects: only,
    inactive_threshold: 3_000,
    ...(since && { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since.toISOString() }),
  });
  const all: JsMsg[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.consume({ callback: (m: JsMsg) => { if (m.seq <= last.seq) all.push(m); if (m.seq >= last.seq) resolve(); } }).catch(reject);
  });
  await consumer.delete();
  yield* all;
}
