import { connect } from "@nats-io/transport-node";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "audit" });

let count = 0;
process.once("SIGTERM", async () => {
  // Everything that was sent to us before the answer to a flush comes in before it.
  await nc.flush();
  nc.publish("audit.count", `${count}`);
  await nc.flush();
  process.exit(0);
});
nc.subscribe("orders.>", { callback: () => void (count += 1) });
await nc.flush();
nc.publish("ready.audit");
