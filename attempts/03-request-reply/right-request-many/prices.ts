import { readFileSync } from "node:fs";
import { connect, headers as newHeaders, type Msg } from "@nats-io/transport-node";

const file = process.env.PRICES_FILE ?? "lessons/03-request-reply/prices.json";
const prices: Record<string, { amountCents: number; currency: string }> = JSON.parse(readFileSync(file, "utf8"));
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "prices" });

process.once("SIGINT", () => void nc.drain());
process.once("SIGTERM", () => void nc.drain());

nc.subscribe("$SRV.PING", { callback: (_error, request) => void request.respond(JSON.stringify({ type: "io.nats.micro.v1.ping_response", name: "prices" })) });
for await (const request of nc.subscribe("prices.get", { queue: "q" })) void answer(request);

async function answer(request: Msg): Promise<void> {
  try {
    const wish = request.json<{ sku: string; quantity: number }>();
    const price = await lookUp(wish.sku);
    request.respond(JSON.stringify({ ...wish, ...price, amountCents: wish.quantity * price.amountCents }));
  } catch (error) {
    const headers = newHeaders();
    headers.set("Nats-Service-Error", error instanceof SyntaxError ? "not JSON" : "unknown");
    headers.set("Nats-Service-Error-Code", error instanceof SyntaxError ? "400" : "404");
    request.respond(undefined, { headers });
  }
}

async function lookUp(sku: string) {
  const price = prices[sku];
  if (!price) throw new RangeError(`unknown: ${sku}`);
  return price;
}
