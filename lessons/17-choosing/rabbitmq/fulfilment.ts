// Fulfilment: what is paid is taken off the shelf and sent.
//
//   npx tsx lessons/17-choosing/rabbitmq/fulfilment.ts

import { reserve, ship } from "#world";
import { readOrder, say, serve, trailOf } from "./order.ts";

const { CONCURRENCY = "8" } = process.env;

await serve("fulfilment", Number(CONCURRENCY), async (message, to) => {
  const order = readOrder(message);
  const headers = trailOf(message);
  await reserve(order, { headers });
  await ship(order, { headers });
  await say(to, "shipped", order, headers);
});
