import { connect, type Msg } from "@nats-io/transport-node";
import { charge, WorldError } from "#world";
import { event, readOrder, trailOf } from "./order.ts";

const { NATS_URL = "nats://127.0.0.1:4222", CONCURRENCY = "8" } = process.env;
const nc = await connect({ servers: NATS_URL, name: "payments" });

process.once("SIGINT", () => void placed.drain());
process.once("SIGTERM", () => void placed.drain());

const placed = nc.subscribe("orders.placed.*.*", { queue: "payments" });
const orders = queue();
await Promise.all(Array.from({ length: Number(CONCURRENCY) }, work));
await nc.drain();

async function* queue(): AsyncGenerator<Msg> {
  yield* placed;
}

async function work(): Promise<void> {
  for await (const message of orders) {
    try {
      await pay(message);
    } catch (error) {
      console.error(message.subject, (error as Error).message);
    }
  }
}

async function pay(message: Msg): Promise<void> {
  const order = readOrder(message);
  const trail = trailOf(message);
  const outcome = await charge(order, { headers: trail }).then(
    () => "paid",
    (error: unknown) => {
      if (error instanceof WorldError && error.status === 402) return "declined";
      throw error;
    },
  );
  nc.publish(...event(outcome, order, trail));
}
