import { connect } from "@nats-io/transport-node";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "audit" });

let count = 0;
process.once("SIGTERM", async () => {
  nc.publish("audit.count", String(count));
  await nc.drain();
});
nc.subscribe("orders.>", { callback: () => void (count += 1) });
nc.publish("ready.audit");
