import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import { track } from "#world";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "worker",
});
const js = jetstream(nc);
const jsm = await jetstreamManager(nc);

// Ctrl-C and SIGTERM: take nothing new, finish what is in hand.
const taken: ConsumerMessages[] = [];
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => taken.forEach((part) => part.stop()));
}

// No copy knows how many there are, or which one it is: every copy
// serves every consumer that the stream has.
const served: Promise<void>[] = [];
for await (const { name } of jsm.consumers.list("ORDERS")) {
  served.push(serve(name));
}
console.log(`process ${process.pid} serves ${served.length} consumers`);
await Promise.all(served);
await nc.drain();

async function serve(name: string): Promise<void> {
  const consumer = await js.consumers.get("ORDERS", name);
  const messages = await consumer.consume();
  taken.push(messages);
  for await (const message of messages) await tell(message);
}

async function tell(message: JsMsg): Promise<void> {
  const [, , event = "", , orderId = ""] = message.subject.split(".");
  try {
    await track({ orderId, event });
    // Only now may the next event of this part go out.
    message.ack();
    console.log(`${orderId} ${event}`);
  } catch (error) {
    // Not now: the same event again in half a second. It stays out
    // meanwhile, so the next one of its part has to wait.
    console.log(`${orderId} ${event}: ${(error as Error).message}`);
    message.nak(500);
  }
}
