// The shop's checkout. A customer sends an order over HTTP. The
// checkout charges the card, reserves the goods, says that an order
// was placed, and answers.

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { connect } from "@nats-io/transport-node";
//@ 2
import { charge, reserve, WorldError } from "#world";
//@ 1-1| import { charge, reserve, sendMail, WorldError } from "#world";

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

  // Everything that is known about the order from now on. The event
  // below carries it all, so that a listener has nothing to ask.
  const placed = {
    ...order,
    id: `${orderId}-placed`,
    orderId,
    at: new Date().toISOString(),
  };

  await charge(placed);
  await reserve(placed);

  //@ 2
  // It has happened, and we say so, once. `publish` waits for
  // nobody: not for an answer, not even for a listener. Who cares
  // about placed orders is no longer the checkout's business.
  nc.publish(
    `orders.placed.${placed.region}.${orderId}`,
    JSON.stringify(placed),
  );
  //@ 1-1| await sendMail({ orderId, to: placed.customer });

  return orderId;
}

// From here on it is plain HTTP.
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
