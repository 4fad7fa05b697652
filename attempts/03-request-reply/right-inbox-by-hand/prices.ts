import { readFileSync } from "node:fs";
import { connect, headers, type Msg } from "@nats-io/transport-node";

const file = process.env.PRICES_FILE ?? "lessons/03-request-reply/prices.json";
const prices: Record<string, { amountCents: number; currency: string }> = JSON.parse(readFileSync(file, "utf8"));
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "prices" });

process.once("SIGINT", () => void nc.drain());
process.once("SIGTERM", () => void nc.drain());

nc.subscribe("prices.get", {
  queue: "price-desk",
  callback: (_error, request) => {
    try {
      const { sku, quantity } = JSON.parse(request.string());
      const price = prices[sku];
      if (price) request.respond(JSON.stringify({ currency: price.currency, amountCents: price.amountCents * quantity, quantity, sku, at: new Date() }));
      else refuse(request, 404, `unknown: ${sku}`);
    } catch (error) {
      refuse(request, 400, (error as Error).message);
    }
  },
});

function refuse(request: Msg, code: number, text: string): void {
  const why = headers();
  why.append("Nats-Service-Error", text.replaceAll(/\s+/g, " "));
  why.append("Nats-Service-Error-Code", String(code));
  request.respond(JSON.stringify({ sku: "?", quantity: 0, amountCents: 0, currency: "EUR" }), { headers: why });
}
