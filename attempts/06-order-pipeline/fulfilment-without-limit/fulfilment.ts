import { connect, type Msg } from "@nats-io/transport-node";
import { reserve, ship } from "#world";
import { event, readOrder, trailOf } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222" } = process.env;
const nc = await connect({ servers: NATS_URL, name: "fulfilment" });

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const paid = nc.subscribe("orders.paid.*.*", { queue: "fulfilment" });
const inWork: Promise<void>[] = [];
for await (const message of paid) inWork.push(fulfil(message).catch(report));
await Promise.all(inWork);
await nc.drain();

async function fulfil(message: Msg): Promise<void> {
  const order = readOrder(message);
  const trail = trailOf(message);
  await reserve(order, { headers: trail });
  await ship(order, { headers: trail });
  nc.publish(...event("shipped", order, trail));
  console.log(`${order.orderId} shipped`);
}

function report(error: Error): void {
  console.error(`not shipped: ${error.message}`);
}

function stop(): void {
  void paid.drain();
}
