// How the three programs find NATS, and how they find it again.

import { connect } from "@nats-io/transport-node";

// How long to wait before an address is dialled once more.
const waitMs = Number(process.env.RECONNECT_WAIT_MS ?? 2000);

export function connectAs(name: string) {
  return connect({
    name,
    // TODO 2: NATS_URL has three addresses with commas between
    // them. Of one text the client takes the last address only; it
    // wants a list. (`options()` of "#nats" makes one.)
    servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
    reconnectTimeWait: waitMs,
    // TODO 3: when no server answers, the client dials each address
    // ten times, and then gives up for good.
  });
}
