// A consumer of its own knows how many letters there were.
import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";

const nc = await connect({ servers: process.env.NATS_URL });
const js = jetstream(nc);
const jsm = await jetstreamManager(nc);
const { name } = await jsm.consumers.add("DEAD", { ack_policy: "none" });
const consumer = await js.consumers.get("DEAD", name);
const { num_pending: count } = await consumer.info();

let stayed = 0;
if (count > 0) {
  for await (const letter of await consumer.fetch({ max_messages: count })) {
    await js
      .publish(letter.subject.replace("dead.", ""), letter.data)
      .then(() => jsm.streams.deleteMessage("DEAD", letter.seq))
      .catch(() => stayed++);
  }
}
await consumer.delete();
await nc.drain();
process.exitCode = Math.min(stayed, 1);
