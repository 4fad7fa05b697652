import { connect, type Msg } from "@nats-io/transport-node";
import { charge, WorldError } from "#world";
import { Limiter } from "./limiter.ts";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "payments" });
const limiter = new Limiter(Number(process.env.CONCURRENCY ?? 8));
let open = 0;

nc.subscribe("orders.placed.*.*", {
  queue: "payments",
  callback: (error, message) => {
    if (error) return;
    open += 1;
    void limiter.run(() => pay(message)).catch(console.error).finally(() => (open -= 1));
  },
});

process.on("SIGTERM", leave);
process.on("SIGINT", leave);

async function pay(message: Msg): Promise<void> {
  const order = JSON.parse(message.string());
  if (typeof order?.orderId !== "string" || !/^[\w-]+$/.test(order.orderId)) return;
  const correlation = message.headers?.get("Correlation-Id");
  const options = correlation ? { headers: { "Correlation-Id": correlation } } : {};
  try {
    await charge(order, options);
    say("paid", order, message);
  } catch (error) {
    if (error instanceof WorldError && error.status === 402) say("declined", order, message);
  }
}

function say(what: string, order: { orderId: string; region: string }, { headers }: Msg): void {
  const body = { ...order, id: `${order.orderId}-${what}`, at: new Date().toISOString() };
  nc.publish(`orders.${what}.${order.region}.${order.orderId}`, JSON.stringify(body), headers ? { headers } : {});
}

async function leave(): Promise<void> {
  const left = setInterval(() => {
    if (open > 0) return;
    clearInterval(left);
    void nc.drain().then(() => process.exit(0));
  }, 20);
}
