// The shop's front door. It answers when the broker has confirmed
// the event, and knows nothing of payments.
//
//   npx tsx lessons/17-choosing/rabbitmq/orders-api.ts

import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { connect } from "amqplib";
import { AMQP_URL, say, type Order } from "./order.ts";

const { PORT = "8080" } = process.env;
const connection = await connect(AMQP_URL);
const channel = await connection.createConfirmChannel();

const server = createServer(async (request, response) => {
  const given = request.headers["correlation-id"];
  const trail = { "Correlation-Id": String(given || randomUUID()) };
  const { status, body } = await place(request, trail);
  const type = { "Content-Type": "application/json" };
  response.writeHead(status, { ...type, ...trail });
  response.end(`${JSON.stringify(body)}\n`);
});
server.listen(Number(PORT), "127.0.0.1");

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

async function place(request: IncomingMessage, trail: object) {
  const wish = await readWish(request);
  if (!wish) return { status: 400, body: { error: "no order" } };
  const orderId = randomBytes(6).toString("hex");
  const order = { ...wish, orderId } as Order;
  try {
    await say(channel, "placed", order, { ...trail });
    return { status: 201, body: { orderId } };
  } catch (error) {
    const { message } = error as Error;
    return { status: 502, body: { error: message } };
  }
}

async function readWish(request: IncomingMessage) {
  let text = "";
  for await (const part of request.setEncoding("utf8")) {
    if (text.length < 16_384) text += part;
  }
  try {
    const wish = JSON.parse(text) as Partial<Order>;
    const known = ["eu", "us", "asia"].includes(wish.region ?? "");
    const whole = Number.isSafeInteger(wish.amountCents);
    return known && whole && wish.customer ? wish : undefined;
  } catch {
    return undefined;
  }
}

function stop(): void {
  server.close(() => connection.close());
}
