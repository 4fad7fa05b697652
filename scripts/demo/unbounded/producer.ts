// A till without a window: every order at once, and one that the
// stream refuses is refused for good.

import { readFile } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";

interface Order {
  orderId: string;
  region: string;
}

const { NATS_URL = "", ORDERS_FILE = "" } = process.env;
const orders: Order[] = JSON.parse(await readFile(ORDERS_FILE, "utf8"));
const nc = await connect({ servers: NATS_URL, name: "producer" });
const js = jetstream(nc);
await Promise.allSettled(orders.map((order) => js.publish(`orders.placed.${order.region}.${order.orderId}`, JSON.stringify(order))));
await nc.drain();
