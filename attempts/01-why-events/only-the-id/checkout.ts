import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { connect } from "@nats-io/transport-node";
import { charge, reserve, WorldError } from "#world";

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

async function placeOrder(order: Order): Promise<string> {
  const orderId = randomBytes(6).toString("hex");

  const placed = {
    ...order,
    id: `${orderId}-placed`,
    orderId,
    at: new Date().toISOString(),
  };

  await charge(placed);
  await reserve(placed);

  nc.publish(
    `orders.placed.${placed.region}.${orderId}`,
    orderId,
  );

  return orderId;
}

const server = createServer(async (request, response) => {
  const begun = performance.now();
  const { status, body } = await answerTo(request);
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
  const waited = Math.round(performance.now() - begun);
  console.log(`${status} after ${waited} ms`, body);
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1");

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
    const status =
      error instanceof WorldError && error.status === 402 ? 402 : 502;
    return { status, body: { error: (error as Error).message } };
  }
}

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
