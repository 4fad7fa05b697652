// Makes the place where the shop's orders are kept: the stream
// ORDERS. It is run before the first order, and again whenever
// somebody wants another limit.
//
//   npx tsx lessons/07-streams/setup.ts

import { connect, nanos } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import type { StreamConfig } from "@nats-io/jetstream";

const DAY_MS = 24 * 60 * 60 * 1000;

const settings: Partial<StreamConfig> = {
  // It keeps every message whose subject matches,
  subjects: ["orders.>"],
  // on disk, so that a restart of the server loses nothing,
  storage: "file",
  // until a limit is met: reading a message does not remove it.
  retention: "limits",
  max_msgs: Number(process.env.MAX_MSGS ?? 100_000),
  // Durations are nanoseconds here.
  max_age: nanos(7 * DAY_MS),
  duplicate_window: nanos(2 * 60 * 1000),
  // A full stream refuses new messages, so that the shop notices.
  // The default, "old", drops the oldest without a word.
  discard: "new",
};

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "setup",
});

// The manager makes, changes and describes streams. It asks the
// server over the same connection, by request and reply.
const jsm = await jetstreamManager(nc);

// TODO 1: this works until somebody wants another limit. Then the
// server says that it has such a stream, with other settings. Keep
// the stream and all that is in it, and give it the new settings.
await jsm.streams.add({ name: "ORDERS", ...settings });

const { config, state } = await jsm.streams.info("ORDERS");
console.log(`${state.messages} in ORDERS, limit ${config.max_msgs}`);
await nc.drain();
