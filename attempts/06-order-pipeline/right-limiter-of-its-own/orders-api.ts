import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { connect, headers } from "@nats-io/transport-node";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "orders-api" });

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.writeHead(502).end("{}"));
});
server.listen(Number(process.env.PORT ?? 8080));

process.on("SIGTERM", () => server.close(() => nc.drain()));
process.on("SIGINT", () => server.close(() => nc.drain()));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const correlationId = request.headers["correlation-id"]?.toString() ?? randomUUID();
  const order = (await json(request).catch(() => ({}))) as Record<string, unknown>;
  if (!isComplete(order)) return void response.writeHead(400).end("{}");
  const orderId = randomUUID();
  const along = headers();
  along.append("Correlation-Id", correlationId);
  const event = { id: `${orderId}-placed`, orderId, at: new Date().toISOString(), ...order };
  nc.publish(`orders.placed.${order.region}.${orderId}`, JSON.stringify(event), { headers: along });
  await nc.flush();
  response.writeHead(201, { "content-type": "application/json", "correlation-id": correlationId });
  response.end(JSON.stringify({ orderId }));
}

function isComplete(order: Record<string, unknown>): boolean {
  return ["eu", "us", "asia"].includes(String(order.region)) && ["customer", "sku", "currency"].every((name) => typeof order[name] === "string") && Number.isInteger(order.quantity) && Number.isInteger(order.amountCents);
}
