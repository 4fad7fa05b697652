// The shop's checkout. A customer sends an order over HTTP. The
// checkout charges the card, reserves the goods, writes a mail to
// the customer, and answers.
//
//   npx tsx lessons/01-why-events/checkout.ts

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { connect } from "@nats-io/transport-node";
import { charge, reserve, sendMail, WorldError } from "#world";

interface Order {
  customer: string;
  region: string;
  sku: string;
  quantity: number;
  amountCents: number;
  currency: string;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "checkout",
});

// One order, from the click to the order's id. If a service says
// no, it throws, and the customer is told.
async function placeOrder(order: Order): Promise<string> {
  const orderId = randomBytes(6).toString("hex");

  // Everything that is known about the order from now on.
  const placed = {
    ...order,
    id: `${orderId}-placed`,
    orderId,
    at: new Date().toISOString(),
  };

  await charge(placed);
  await reserve(placed);

  // TODO 1: the order is placed, and yet the customer has to wait
  // for a mail. Say what has happened instead, and go on.
  await sendMail({ orderId, to: placed.customer });

  return orderId;
}

// From here on it is plain HTTP, and there is nothing left to do.
const server = createServer(async (request, response) => {
  const begun = performance.now();
  const { status, body } = await answerTo(request);
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
  const waited = Math.round(performance.now() - begun);
  console.log(`${status} after ${waited} ms`, body);
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1");

// Ctrl-C and SIGTERM ask the checkout to stop. It takes no new
// customers, serves those it has, and leaves the server.
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

async function answerTo(request: IncomingMessage) {
  if (request.method !== "POST" || request.url !== "/orders") {
    return { status: 404, body: { error: "Send a POST to /orders" } };
  }
  try {
    const order = readOrder(await text(request));
    if (!order) {
      return { status: 400, body: { error: "This is no order" } };
    }
    return { status: 201, body: { orderId: await placeOrder(order) } };
  } catch (error) {
    // A declined card is the customer's affair, all else is ours.
    const status =
      error instanceof WorldError && error.status === 402 ? 402 : 502;
    return { status, body: { error: (error as Error).message } };
  }
}

// The order in a request's body, or nothing if there is none.
function readOrder(body: string): Order | undefined {
  try {
    const order = JSON.parse(body);
    const complete =
      ["eu", "us", "asia"].includes(order.region) &&
      [order.customer, order.sku, order.currency].every(isText) &&
      [order.quantity, order.amountCents].every(Number.isInteger);
    return complete ? order : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function stop(): void {
  server.close(() => nc.drain());
}
