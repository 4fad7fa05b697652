import { readFile } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";

interface Order {
  orderId: string;
  region: string;
}
const file =
  process.env.ORDERS_FILE ?? "lessons/07-streams/orders.json";
const orders: Order[] = JSON.parse(await readFile(file, "utf8"));
const timeout = Number(process.env.PUBLISH_TIMEOUT_MS ?? 5000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "producer",
});
try {
  for (const order of orders) await store(order);
  console.log("all stored");
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await nc.close();
}

async function store(order: Order): Promise<void> {
  const subject = `orders.placed.${order.region}.${order.orderId}`;
  const answer = await nc.request(subject, JSON.stringify(order), { timeout });
  const ack = answer.json<{ stream?: string; seq?: number; error?: { description: string } }>();
  if (ack.error || ack.stream !== "ORDERS") throw new Error(ack.error?.description ?? "no PubAck");
}
