import { connect } from "@nats-io/transport-node";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "audit" });

const mouth = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "audit speaks" });
let count = 0;
process.once("SIGTERM", async () => {
  await nc.drain();
  mouth.publish("audit.count", String(count));
  await mouth.drain();
});
nc.subscribe("orders.>", { callback: () => void (count += 1) });
await nc.flush();
mouth.publish("ready.audit");
