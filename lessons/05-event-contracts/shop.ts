// Three senders: the web shop, an old till, a phone app. They
// place five orders, and the app breaks off in the middle of one.
// Nothing is to be done here; it is for trying intake by hand.
//
//   npx tsx lessons/05-event-contracts/shop.ts

import { encode } from "@msgpack/msgpack";
import { connect, headers } from "@nats-io/transport-node";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "shop",
});

const common = {
  region: "eu",
  customer: "ada@example.com",
  sku: "mug",
  quantity: 1,
};
const euros = (orderId: string) => ({
  ...common, orderId, amount: 19.99,
});
const dollars = (orderId: string) => ({
  ...common, orderId, amountCents: 2199, currency: "USD",
});

const msgpack = "application/msgpack";
place("1001", "v1", JSON.stringify(euros("1001")));
place("1002", "v2", JSON.stringify(dollars("1002")));
place("1003", "v2", '{"orderId":"1003","reg');
place("1004", "v2", JSON.stringify(dollars("1004")));
place("1005", "v1", encode(euros("1005")), msgpack);
await nc.drain();

function place(
  orderId: string,
  version: string,
  body: string | Uint8Array,
  encoding = "application/json",
): void {
  const about = headers();
  about.set("ce-specversion", "1.0");
  about.set("ce-id", `${orderId}-placed`);
  about.set("ce-source", "/shop/web");
  about.set("ce-type", `shop.order.placed.${version}`);
  about.set("ce-time", new Date().toISOString());
  about.set("ce-datacontenttype", encoding);
  const subject = `orders.placed.eu.${orderId}`;
  nc.publish(subject, body, { headers: about });
}
