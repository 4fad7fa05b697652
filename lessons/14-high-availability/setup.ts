// Makes the stream ORDERS, or gives it these settings if it is
// there already.
//
//   npx tsx lessons/14-high-availability/setup.ts

import { jetstreamManager } from "@nats-io/jetstream";
import type { StreamConfig } from "@nats-io/jetstream";
import { connectAs } from "./connection.ts";

const settings: Partial<StreamConfig> = {
  subjects: ["orders.>"],
  storage: "file",
  retention: "limits",
  // TODO 1: one server keeps the orders, and the others know nothing
  // of them. Have each of the three keep a copy.
  num_replicas: 1,
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
