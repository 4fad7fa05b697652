// Makes the stream ORDERS, divided into parts, and its consumers.
// Safe to run again: what is there already stays.
//
//   npx tsx lessons/11-scaling/setup.ts

import { connect, nanos } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";

// How many parts the stream is divided into.
const partitions = Number(process.env.PARTITIONS ?? 8);
// How long the server waits for an ack, in milliseconds.
const ackWaitMs = Number(process.env.ACK_WAIT_MS ?? 30_000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "setup",
});
const jsm = await jetstreamManager(nc);

// The stars of `src` are wildcard 1, 2 and 3: the event, the region
// and the order's id. `orders.paid.us.1001` is stored as
// `work.5.paid.us.1001`, say.
// TODO 1: the part is found from wildcard 1, the event. All that is
// paid goes to one part, and all that is shipped to another. Events
// that have to stay in order must be in the same part.
const part = `{{partition(${partitions},1)}}`;
const rest = "{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}";
await jsm.streams.add({
  name: "ORDERS",
  subjects: ["orders.>"],
  subject_transform: {
    src: "orders.*.*.*",
    dest: `work.${part}.${rest}`,
  },
});

// TODO 2: one consumer hands all events to whoever is free. Make
// one for each part: track-0 for `work.0.>`, track-1 for `work.1.>`
// and so on.
// TODO 3: of each part only one event may be out at a time, with
// whichever copy. See "One at a time" for the setting.
await jsm.consumers.add("ORDERS", {
  durable_name: "track",
  filter_subject: "work.>",
  ack_policy: "explicit",
  ack_wait: nanos(ackWaitMs),
});
console.log(`ORDERS is there, in ${partitions} parts`);
await nc.drain();
