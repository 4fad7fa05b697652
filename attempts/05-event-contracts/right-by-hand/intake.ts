import { decode } from "@msgpack/msgpack";
import { connect, headers, type Msg } from "@nats-io/transport-node";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "intake" });

process.once("SIGINT", () => void nc.drain());
process.once("SIGTERM", () => void nc.drain());

nc.subscribe("orders.placed.>", {
  callback: (_error, message) => {
    const outcome = attempt(() => read(message));
    if (typeof outcome === "string" || attempt(() => accept(message, outcome)) !== true) {
      refuse(message, typeof outcome === "string" ? outcome : "invalid, it cannot be published");
    }
  },
});

function attempt<T>(act: () => T): T | string {
  try {
    return act();
  } catch {
    return "invalid, it cannot be read";
  }
}

function read(message: Msg): Record<string, unknown> | string {
  const about = message.headers;
  for (const name of ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time"]) {
    if (!about?.get(name)) return `invalid, ${name} is missing`;
  }
  if (about?.get("ce-specversion") !== "1.0") return "unsupported-version";
  const version = /^shop\.order\.placed\.v([12])$/.exec(about?.get("ce-type") ?? "")?.[1];
  if (!version) return "unsupported-version";
  const encoding = about?.get("ce-datacontenttype") ?? "";
  if (!["", "application/json", "application/msgpack"].includes(encoding)) return "unsupported-encoding";
  let body: Record<string, unknown>;
  try {
    body = encoding.endsWith("msgpack") ? (decode(message.data) as Record<string, unknown>) : message.json();
  } catch {
    return "malformed";
  }
  if (typeof body !== "object" || body === null) return "invalid, not an object";
  const { orderId, region, customer, sku, quantity } = body;
  if (![orderId, region, customer, sku].every((text) => typeof text === "string")) return "invalid, not text";
  if (!Number.isSafeInteger(quantity) || Number(quantity) < 1) return "invalid, quantity";
  const money = version === "1" ? fromEuros(body.amount) : body;
  if (!Number.isSafeInteger(money.amountCents) || Number(money.amountCents) < 0 || typeof money.currency !== "string") return "invalid, amount";
  if (![orderId, region].every((part) => /^[A-Za-z0-9_-]{1,64}$/.test(String(part)))) return "unsafe-id";
  return { orderId, region, customer, sku, quantity, amountCents: money.amountCents, currency: money.currency };
}

function fromEuros(amount: unknown): { amountCents?: unknown; currency?: unknown } {
  if (typeof amount !== "number") return {};
  const amountCents = Math.round(amount * 100);
  return amountCents / 100 === amount ? { amountCents, currency: "EUR" } : {};
}

function accept(message: Msg, order: Record<string, unknown>): true {
  const about = headers();
  const attributes = {
    "ce-specversion": "1.0", "ce-id": message.headers?.get("ce-id") ?? "", "ce-source": "urn:intake",
    "ce-type": "shop.order.accepted.v2", "ce-time": new Date().toISOString(),
  };
  for (const [name, value] of Object.entries(attributes)) about.set(name, value);
  nc.publish(`orders.accepted.${order.region}.${order.orderId}`, JSON.stringify(order), { headers: about });
  return true;
}

function refuse(message: Msg, reason: string): void {
  const send = (data: Uint8Array | string, about = headers()) => {
    about.set("Reject-Reason", reason);
    nc.publish("orders.invalid", data, { headers: about });
  };
  try {
    send(message.data, message.headers);
  } catch {
    send("");
  }
}
