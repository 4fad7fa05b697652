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
// The part is found from the order's id, so all events of an order
// are in the same part, in the order in which they were stored.
const part = `{{partition(${partitions},3)}}`;
const rest = "{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}";
await jsm.streams.add({
  name: "ORDERS",
  subjects: ["orders.>"],
  subject_transform: {
    src: "orders.*.*.*",
    dest: `work.${part}.${rest}`,
  },
});

// One consumer for each part, and all copies of the worker pull
// from all of them. Of each part only one event is out at a time,
// wherever it is, and the next one goes out when it is acked.
for (let n = 1; n <= partitions; n++) {
  await jsm.consumers.add("ORDERS", {
    durable_name: `track-${n}`,
    filter_subject: `work.${n}.>`,
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: 1,
  });
}
console.log(`ORDERS is there, in ${partitions} parts`);
await nc.drain();
