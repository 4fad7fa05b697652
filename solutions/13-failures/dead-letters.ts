// A worker that dies of a message cannot park it. When all its
// deliveries are used up, the server says so once, in an advisory.
// This program hears it, and parks the message.
//
// What it cannot: hear what was said while it did not run. Then the
// message stays in WORK, where nobody gets it any more.
//
//   npx tsx lessons/13-failures/dead-letters.ts

import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { deadHeaders } from "./letter.ts";

/** The advisory names a message. It does not contain it. */
interface Advisory {
  stream_seq: number;
  deliveries: number;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "dead-letters",
});
const jsm = await jetstreamManager(nc);
const js = jetstream(nc);

process.once("SIGINT", () => nc.drain());
process.once("SIGTERM", () => nc.drain());

const advisories = nc.subscribe(
  "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.payments",
);
for await (const advisory of advisories) {
  await park(advisory.json<Advisory>()).catch(console.error);
}

async function park(advisory: Advisory): Promise<void> {
  const { stream_seq: seq, deliveries: attempts } = advisory;
  const message = await jsm.streams.getMessage("WORK", { seq });
  // A worker has parked it meanwhile.
  if (!message) return;
  const { subject, data, header } = message;
  const reason = "crashed";
  const headers = deadHeaders(header, { seq, attempts, reason });
  await js.publish(`dead.${subject}`, data, { headers });
  // Only now: the PubAck says that it is safe in DEAD.
  await jsm.streams.deleteMessage("WORK", seq, false);
  console.log(`${subject} given up: crashed`);
}
