// What a dead letter says about itself. The message's own headers
// go with it, so that nothing has to be guessed later.

import { headers, type MsgHdrs } from "@nats-io/transport-node";

/** Why a message was given up. */
export type Reason = "malformed" | "refused" | "exhausted" | "crashed";

/** What was given up: its number in WORK, its tries, and why. */
export interface Given {
  seq: number;
  attempts: number;
  reason: Reason;
}

/** The headers of a dead letter: the message's own, and three more. */
export function deadHeaders(own: MsgHdrs | undefined, given: Given) {
  const dead = headers();
  for (const name of own?.keys() ?? []) {
    // What begins with Nats- is between the server and one stream:
    // a Nats-Msg-Id would be a duplicate when the order comes back.
    if (name.startsWith("Nats-")) continue;
    for (const value of own?.values(name) ?? []) {
      dead.append(name, value);
    }
  }
  dead.set("Dead-Reason", given.reason);
  dead.set("Dead-Attempts", String(given.attempts));
  dead.set("Dead-Origin", `WORK/${given.seq}`);
  return dead;
}
