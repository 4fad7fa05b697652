import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { connect } from "@nats-io/transport-node";

interface Wish {
  customer: string;
  region: string;
  sku: string;
  quantity: number;
  amountCents: number;
  currency: string;
}

const { NATS_URL = "nats://127.0.0.1:4222", PORT = "8080" } =
  process.env;
const nc = await connect({ servers: NATS_URL, name: "orders-api" });

function place(wish: Wish, correlationId: string): string {
  const orderId = randomBytes(6).toString("hex");
  const id = `${orderId}-placed`;
  const at = new Date().toISOString();
  const body = JSON.stringify({ ...wish, id, orderId, at });
  const subject = `orders.placed.${wish.region}.${orderId}`;
  console.log(subject, correlationId);

  nc.publish(subject, body);
  return orderId;
}

const server = createServer(async (request, response) => {
  const correlationId = correlationOf(request);
  const { status, body } = await answerTo(request, correlationId);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Correlation-Id": correlationId,
  });
  response.end(`${JSON.stringify(body)}\n`);
});
server.listen(Number(PORT), "127.0.0.1");

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

function correlationOf(request: IncomingMessage): string {
  const given = request.headers["correlation-id"];
  return String(given || randomUUID());
}

async function answerTo(request: IncomingMessage, id: string) {
  if (request.method !== "POST" || request.url !== "/orders") {
    return { status: 404, body: { error: "Send a POST to /orders" } };
  }
  try {
    const wish = readWish(await textOf(request));
    if (!wish) {
      return { status: 400, body: { error: "This is no order" } };
    }
    const orderId = place(wish, id);
    return { status: 201, body: { orderId } };
  } catch (error) {
    const { message } = error as Error;
    return { status: 502, body: { error: message } };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) {
    if (text.length < 16_384) text += part;
  }
  return text;
}

function readWish(body: string): Wish | undefined {
  try {
    const wish = JSON.parse(body);
    const complete =
      ["eu", "us", "asia"].includes(wish.region) &&
      [wish.customer, wish.sku, wish.currency].every(isText) &&
      isWhole(wish.quantity, 1) &&
      isWhole(wish.amountCents, 0);
    return complete ? wish : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

function stop(): void {
  server.close(() => nc.drain());
}
