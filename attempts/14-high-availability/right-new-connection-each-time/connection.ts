// How the three programs find NATS, and how they find it again.

import { connect } from "@nats-io/transport-node";
import { options } from "#nats";

// How long to wait before an address is dialled once more.
const waitMs = Number(process.env.RECONNECT_WAIT_MS ?? 2000);

function once(name: string) {
  return connect({
    name,
    // Every address that NATS_URL has, as a list: whichever server
    // answers will do, now and when it has gone.
    ...options(),
    reconnectTimeWait: waitMs,
  });
}

// Tries until a server answers.
export async function connectAs(name: string) {
  for (;;) {
    try {
      return await once(name);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
