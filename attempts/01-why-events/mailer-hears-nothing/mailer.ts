// The mailer. It is there to write to every customer whose order
// was placed. So far it is connected and hears nothing.
//
//   npx tsx lessons/01-why-events/mailer.ts

import { connect } from "@nats-io/transport-node";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "mailer",
});

// Ctrl-C and SIGTERM ask the mailer to stop.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

// TODO 2: the checkout no longer writes to the customers, so the
// mailer has to. Listen to every order that is placed, and write
// one mail for each. `sendMail` moves here with its import.

async function stop(): Promise<void> {
  await nc.drain();
}
