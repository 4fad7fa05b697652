import { readFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";

interface Entry {
  subject: string;
  event: object;
}

const entries: Entry[] = JSON.parse(readFileSync(process.env.EVENTS_FILE ?? "lessons/02-pub-sub/events.json", "utf8"));
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "publisher" });
for (const { subject, event } of entries) nc.publish(subject, new TextEncoder().encode(JSON.stringify(event)));
await nc.flush();
process.exit(0);
