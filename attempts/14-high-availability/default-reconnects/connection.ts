// How the three programs find NATS, and how they find it again.

import { connect } from "@nats-io/transport-node";
import { options } from "#nats";

// How long to wait before an address is dialled once more.
const waitMs = Number(process.env.RECONNECT_WAIT_MS ?? 2000);

export function connectAs(name: string) {
  return connect({
    name,
    // Every address that NATS_URL has, as a list: whichever server
    // answers will do, now and when it has gone.
    ...options(),
    reconnectTimeWait: waitMs,
    // However long it takes. By itself the client dials each
    // address ten times, and then closes the connection for good.
  });
}
