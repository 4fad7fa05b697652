// Makes the stream ORDERS, or gives it these settings if it is
// there already.

import { jetstreamManager } from "@nats-io/jetstream";
import type { StreamConfig } from "@nats-io/jetstream";
import { connectAs } from "./connection.ts";

const settings: Partial<StreamConfig> = {
  subjects: ["orders.>"],
  storage: "file",
  retention: "limits",
  // Three servers keep a copy each. A PubAck comes when two of them
  // have the order, so one may die and nothing is missing.
  num_replicas: 2,
};

const nc = await connectAs("setup");
const jsm = await jetstreamManager(nc);

const names = await jsm.streams.names().next();
if (names.includes("ORDERS")) {
  await jsm.streams.update("ORDERS", settings);
} else {
  await jsm.streams.add({ name: "ORDERS", ...settings });
}

const { config, cluster } = await jsm.streams.info("ORDERS");
const where = cluster?.leader ?? "one server";
console.log(`${config.num_replicas} replicas, led by ${where}`);
await nc.drain();
