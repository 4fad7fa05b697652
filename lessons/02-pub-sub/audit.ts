// The audit. It counts everything that happens to orders, whatever
// it is, and says the number when it is asked to stop.
//
//   npx tsx lessons/02-pub-sub/audit.ts

import { connect } from "@nats-io/transport-node";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "audit",
});

// Ctrl-C and SIGTERM ask the audit for its count.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

// TODO 2: everything under "orders." is to be counted, whether its
// subject has two parts or ten. This hears next to nothing.
const everything = nc.subscribe("orders.*");
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

// Takes in what is on its way, then ends the loop above.
async function stop(): Promise<void> {
  await everything.drain();
}
