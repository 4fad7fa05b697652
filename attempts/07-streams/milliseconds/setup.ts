import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import type { StreamConfig } from "@nats-io/jetstream";

const DAY_MS = 24 * 60 * 60 * 1000;

const settings: Partial<StreamConfig> = {
  subjects: ["orders.>"],
  storage: "file",
  retention: "limits",
  max_msgs: Number(process.env.MAX_MSGS ?? 100_000),
  max_age: 7 * DAY_MS,
  duplicate_window: 2 * 60 * 1000,
  discard: "new",
};

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "setup",
});
const jsm = await jetstreamManager(nc);
const names = await jsm.streams.names().next();
if (names.includes("ORDERS")) {
  await jsm.streams.update("ORDERS", settings);
} else {
  await jsm.streams.add({ name: "ORDERS", ...settings });
}

const { config, state } = await jsm.streams.info("ORDERS");
console.log(`${state.messages} in ORDERS, limit ${config.max_msgs}`);
await nc.drain();
