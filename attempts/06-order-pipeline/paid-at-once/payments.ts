import { connect, type Msg } from "@nats-io/transport-node";
import { charge, type WorldError } from "#world";
import { event, readOrder, trailOf } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222", CONCURRENCY = "8" } =
  process.env;
const nc = await connect({ servers: NATS_URL, name: "payments" });
console.log(`at most ${CONCURRENCY} orders in work`);

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const placed = nc.subscribe("orders.placed.*.*", { queue: "payments" });

const inWork = new Set<Promise<void>>();
for await (const message of placed) {
  const job = pay(message)
    .catch(report)
    .finally(() => inWork.delete(job));
  inWork.add(job);
  if (inWork.size >= Number(CONCURRENCY)) await Promise.race(inWork);
}

await Promise.all(inWork);
await nc.drain();

async function pay(message: Msg): Promise<void> {
  const order = readOrder(message);
  const trail = trailOf(message);
  const charged = charge(order, { headers: trail });
  const declined = await Promise.race([charged.then(() => false, isDeclined), soon()]);
  nc.publish(...event(declined ? "declined" : "paid", order, trail));
  await charged;
}

function isDeclined(error: WorldError): boolean {
  if (error.status === 402) return true;
  throw error;
}

// A decline comes quickly; whatever takes longer will be all right.
function soon(): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => resolve(false), 50));
}

function report(error: Error): void {
  console.error(`not paid: ${error.message}`);
}

function stop(): void {
  void placed.drain();
}
