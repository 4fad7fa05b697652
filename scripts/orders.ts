// npm run orders: plays the shop. Places orders on the server of the open house, as lessons by hand need them.
import { argv, chalk } from "zx";
import { connect } from "@nats-io/transport-node";
import { makeOrders, randomFrom, subjectOf } from "#engine/lab/orders.ts";

const count = Number(argv.count ?? 12);
const servers = process.env.NATS_URL ?? "nats://127.0.0.1:4222";

try {
  if (!Number.isInteger(count) || count < 1) throw new Error(`--count has to be a whole number from 1: it is ${argv.count}`);
  const nc = await connect({ servers, name: "shop", reconnect: false });
  for (const order of makeOrders(randomFrom(String(Date.now())), count)) {
    nc.publish(subjectOf(order), JSON.stringify(order));
    console.log(`  ${subjectOf(order)}  ${chalk.dim(`${order.quantity} × ${order.sku}`)}`);
  }
  await nc.drain();
} catch (error) {
  console.error(`\n  Cannot place orders on ${servers}: ${(error as Error).message}\n\n  Next: npm start\n`);
  process.exitCode = 2;
}
