import { connect, type Msg } from "@nats-io/transport-node";
import { charge, type WorldError } from "#world";
import { event, readOrder, trailOf } from "./order.ts";
import type { Order, Trail } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222", CONCURRENCY = "8" } =
  process.env;
const nc = await connect({ servers: NATS_URL, name: "payments" });

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const placed = nc.subscribe("orders.placed.*.*", { queue: "payments" });

const inWork = new Set<Promise<void>>();
for await (const message of placed) {
  const job = pay(message)
    .catch(report)
    .finally(() => inWork.delete(job));
  inWork.add(job);
  if (inWork.size > Number(CONCURRENCY)) await Promise.race(inWork);
}

await Promise.all(inWork);
await nc.drain();

async function pay(message: Msg): Promise<void> {
  const order = readOrder(message);
  const trail = trailOf(message);
  const outcome = await takeMoney(order, trail);
  nc.publish(...event(outcome, order, trail));
  console.log(`${order.orderId} ${outcome}`);
}

async function takeMoney(order: Order, headers: Trail) {
  try {
    await charge(order, { headers });
    return "paid";
  } catch (error) {
    const { status } = error as WorldError;
    if (status === 402) return "declined";
    throw error;
  }
}

function report(error: Error): void {
  console.error(`not paid: ${error.message}`);
}

function stop(): void {
  void placed.drain();
}
