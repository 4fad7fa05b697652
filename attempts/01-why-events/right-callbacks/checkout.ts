import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { connect } from "@nats-io/transport-node";
import { charge, reserve, WorldError } from "#world";

class BadOrder extends Error {}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });

createServer((request, response) => {
  const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", async () => {
    try {
      const order = parse(body);
      const orderId = randomUUID();
      await charge({ orderId, ...order });
      await reserve({ orderId, ...order });
      answer(201, { orderId });
      // The event may follow the answer: the order is placed.
      const event = { id: randomUUID(), orderId, ...order, at: new Date().toISOString() };
      nc.publish(`orders.placed.${order.region}.${orderId}`, JSON.stringify(event));
      await nc.flush();
    } catch (error) {
      const status = error instanceof BadOrder ? 400 : error instanceof WorldError && error.status === 402 ? 402 : 502;
      answer(status, { error: (error as Error).message });
    }
  });
}).listen(Number(process.env.PORT));

function parse(body: string) {
  try {
    const order = JSON.parse(body);
    if (!["eu", "us", "asia"].includes(order.region) || !order.customer) throw new BadOrder("incomplete");
    return order;
  } catch (cause) {
    throw new BadOrder("this is no order", { cause });
  }
}
