import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

interface Part {
  only?: string;
  since?: Date;
}

// One message after the other, until there is none.
export async function* history(nc: NatsConnection, { only = "orders.>", since }: Part) {
  const jsm = await jetstreamManager(nc);
  const { state } = await jsm.streams.info("ORDERS");
  for (let seq = 1; seq <= state.last_seq; seq++) {
    const stored = await jsm.direct.getMessage("ORDERS", { seq });
    if (!stored) return;
    if (only.startsWith("orders.paid") && !stored.subject.startsWith("orders.paid.")) continue;
    if (since && stored.time < since) continue;
    yield {
      subject: stored.subject,
      data: stored.data,
      headers: stored.header,
      json: <T>() => stored.json<T>(),
    };
  }
}
