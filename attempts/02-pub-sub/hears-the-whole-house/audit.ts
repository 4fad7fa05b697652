import { connect } from "@nats-io/transport-node";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "audit" });

process.once("SIGTERM", () => void everything.drain());
const everything = nc.subscribe(">");
nc.publish("ready.audit");
let count = 0;
for await (const _message of everything) count += 1;
nc.publish("audit.count", String(count));
await nc.drain();
