// The audit. It counts everything that happens to orders, whatever
// it is, and says the number when it is asked to stop.

import { connect } from "@nats-io/transport-node";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "audit",
});

// Ctrl-C and SIGTERM ask the audit for its count.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

//@ 3
// ">" stands for all the rest: one part or ten. It can only be the
// last part, and it matches nothing if there is no rest.
const everything = nc.subscribe("orders.>");
//@ 1-2| const everything = nc.subscribe("orders.*");
nc.publish("ready.audit");

let count = 0;
for await (const message of everything) {
  count += 1;
  console.log(`${count} ${message.subject}`);
}

// The loop is over: nothing is on its way any more.
nc.publish("audit.count", String(count));
console.log(`${count} messages`);
await nc.drain();

// Draining one subscription: the server sends nothing new on it,
// what is on its way still comes in, then the loop above ends. The
// connection stays open, because the count has yet to go out.
async function stop(): Promise<void> {
  await everything.drain();
}
