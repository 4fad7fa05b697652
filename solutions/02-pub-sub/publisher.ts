// The shop's till. It tells everybody who cares what has happened:
// each event of a file goes out on its subject, in order. Then the
// program ends.

import { readFile } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";

interface Entry {
  subject: string;
  event: object;
}

// Checks name another file. Paths start at the repository's root.
const file =
  process.env.EVENTS_FILE ?? "lessons/02-pub-sub/events.json";
const entries: Entry[] = JSON.parse(await readFile(file, "utf8"));

// The name is for people: the server's monitoring and the page show
// it, so that a connection is "publisher" and not number 17.
const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "publisher",
});

// The publisher does not know who listens, or whether anybody does.
// It names a subject, and that is all.
for (const { subject, event } of entries) {
  nc.publish(subject, JSON.stringify(event));
}
console.log(`${entries.length} events published`);

//@ 2
// `publish` only puts a message into the client's buffer. `drain`
// sends what is there, waits until the server has read it, and
// closes the connection. Then nothing is left to do, and the
// program ends by itself with code 0.
await nc.drain();
//@ 1-1| process.exit(0);
