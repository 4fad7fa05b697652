// The guard is the stream's: each event says which number the last
// one on its subject must have. A second try comes too late for that.
import { readFile } from "node:fs/promises";
import { connect, errors } from "@nats-io/transport-node";
import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream";

interface Order {
  id: string;
  orderId: string;
  region: string;
}

const { NATS_URL = "nats://127.0.0.1:4222", ORDERS_FILE = "lessons/12-idempotency/orders.json" } = process.env;
const timeout = Number(process.env.PUBLISH_TIMEOUT_MS ?? 5000);
const orders: Order[] = JSON.parse(await readFile(ORDERS_FILE, "utf8"));
const nc = await connect({ servers: NATS_URL, name: "producer" });
const js = jetstream(nc);
const jsm = await jetstreamManager(nc);

for (const order of orders) {
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  for (let stored = false; !stored; ) {
    const last = await jsm.direct.getMessage("ORDERS", { last_by_subj: subject });
    // Somebody asked before, and the answer got lost.
    if (last?.json<Order>().id === order.id) break;
    stored = await publish(subject, order, last?.seq ?? 0);
  }
}
await nc.close();

async function publish(subject: string, order: Order, lastSubjectSequence: number): Promise<boolean> {
  try {
    await js.publish(subject, JSON.stringify(order), { timeout, expect: { lastSubjectSequence } });
    return true;
  } catch (error) {
    const late = error instanceof JetStreamApiError && error.code === 10071;
    if (!late && !(error instanceof errors.TimeoutError)) throw error;
    return false;
  }
}
