// The accountant. It reads every order that was paid, from the
// first to the last, and writes what each region took on each day
// into the bucket `revenue`. Run it twice and the sums are the same.
//
//   npx tsx lessons/09-replay/revenue.ts

import { connect } from "@nats-io/transport-node";
import { Kvm } from "@nats-io/kv";
import { history } from "./history.ts";

interface Order {
  region: string;
  amountCents: number;
  at: string;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "revenue",
});

// Cents are whole numbers, so nothing is lost by adding them up.
const sums = new Map<string, number>();

for await (const message of history(nc, { only: "orders.paid.*.*" })) {
  const order = message.json<Order>();
  // The day on which it happened, in UTC. When the server stored it
  // is another matter.
  const day = order.at.slice(0, 10);
  const key = `${day}.${order.region}`;
  sums.set(key, (sums.get(key) ?? 0) + order.amountCents);
}

// A bucket keeps the newest value of each key. It is a stream too,
// with one subject for each key.
const bucket = await new Kvm(nc).create("revenue");
for (const [key, cents] of sums) {
  void bucket.put(key, String(cents));
  console.log(`${key}  ${cents}`);
}

process.exit(0);
