import { readFileSync } from "node:fs";
import { connect, headers, type Msg } from "@nats-io/transport-node";

const file = "lessons/03-request-reply/prices.json";
const prices: Record<string, { amountCents: number; currency: string }> = JSON.parse(readFileSync(file, "utf8"));
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "prices" });

process.once("SIGINT", () => void nc.drain());
process.once("SIGTERM", () => void nc.drain());
for await (const request of nc.subscribe("prices.get", { queue: "prices" })) answer(request);

function answer(request: Msg): void {
  let wish: { sku: string; quantity: number };
  try {
    wish = request.json();
  } catch {
    return refuse(request, "400", "not JSON");
  }
  const price = prices[wish.sku];
  if (!price) return refuse(request, "404", "unknown sku");
  request.respond(JSON.stringify({ ...wish, ...price, amountCents: wish.quantity * price.amountCents }));
}

function refuse(request: Msg, code: string, text: string): void {
  const why = headers();
  why.set("Nats-Service-Error-Code", code);
  why.set("Nats-Service-Error", text);
  request.respond("", { headers: why });
}
