import { connect, type Msg } from "@nats-io/transport-node";
import { charge, type WorldError } from "#world";
import { event, readOrder, trailOf } from "./order.ts";
import type { Order, Trail } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222" } = process.env;
const nc = await connect({ servers: NATS_URL, name: "payments" });

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const placed = nc.subscribe("orders.placed.*.*", {
  queue: "payments",
  callback: async (_error, message) => {
    await pay(message).catch(report);
  },
});

await placed.closed;
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
