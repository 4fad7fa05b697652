import { connect, type Msg } from "@nats-io/transport-node";
import { reserve, ship } from "#world";
import { event, readOrder, trailOf } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222", CONCURRENCY = "8" } = process.env;
const nc = await connect({ servers: NATS_URL, name: "fulfilment" });

process.once("SIGINT", () => void paid.drain());
process.once("SIGTERM", () => void paid.drain());

const paid = nc.subscribe("orders.paid.>", { queue: "fulfilment" });
const orders = queue();
await Promise.all(Array.from({ length: Number(CONCURRENCY) }, work));
await nc.drain();

async function* queue(): AsyncGenerator<Msg> {
  yield* paid;
}

async function work(): Promise<void> {
  for await (const message of orders) {
    await fulfil(message).catch((error: Error) => console.error(message.subject, error.message));
  }
}

async function fulfil(message: Msg): Promise<void> {
  const order = readOrder(message);
  const headers = trailOf(message);
  await reserve(order, { headers });
  await ship(order, { headers });
  nc.publish(...event("shipped", order, headers));
}
