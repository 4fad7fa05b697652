import { connect, type Msg } from "@nats-io/transport-node";
import { reserve, ship } from "#world";
import { Limiter } from "./limiter.ts";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "fulfilment" });
const limiter = new Limiter(Number(process.env.CONCURRENCY ?? 8));
let open = 0;

nc.subscribe("orders.paid.*.*", {
  queue: "fulfilment",
  callback: (error, message) => {
    if (error) return;
    open += 1;
    void limiter.run(() => fulfil(message)).catch(console.error).finally(() => (open -= 1));
  },
});

process.on("SIGTERM", leave);
process.on("SIGINT", leave);

async function fulfil(message: Msg): Promise<void> {
  const order = message.json<{ orderId: string; region: string; sku: string; quantity: number }>();
  const correlation = message.headers?.get("Correlation-Id") ?? "";
  const options = { headers: { "Correlation-Id": correlation } };
  await reserve(order, options);
  await ship(order, options);
  const { orderId, region } = order;
  const body = { ...order, id: `${orderId}-shipped`, at: new Date().toISOString() };
  nc.publish(`orders.shipped.${region}.${orderId}`, JSON.stringify(body), message.headers ? { headers: message.headers } : {});
}

async function leave(): Promise<void> {
  const left = setInterval(() => {
    if (open > 0) return;
    clearInterval(left);
    void nc.drain().then(() => process.exit(0));
  }, 20);
}
