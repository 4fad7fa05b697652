// The shop's intake. It hears every placed order, reads it as the
// contract says, and passes it on: accepted, or refused.

import {
  connect,
  headers,
  type Msg,
} from "@nats-io/transport-node";
import { readOrder, Refused, type Order } from "./contract.ts";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "intake",
});

process.once("SIGINT", () => nc.drain());
process.once("SIGTERM", () => nc.drain());

const placed = nc.subscribe("orders.placed.>");

// Whatever touches a stranger's event stands inside the `try`. An
// event that cannot be read is an event like any other: it gets an
// answer, and the next one has its turn.
for await (const message of placed) {
  try {
    if (!message.headers) {
      throw new Refused("invalid", "it has no headers");
    }
    accept(message, readOrder(message.headers, message.data));
  } catch (error) {
    refuse(message, error);
  }
}

// An accepted order goes on as version 2, in JSON, whatever it was
// before. It keeps its id: it is still the same fact.
function accept(message: Msg, order: Order): void {
  const about = headers();
  about.set("ce-specversion", "1.0");
  about.set("ce-id", message.headers?.get("ce-id") ?? "");
  about.set("ce-source", "/shop/intake");
  about.set("ce-type", "shop.order.accepted.v2");
  about.set("ce-time", new Date().toISOString());
  about.set("ce-datacontenttype", "application/json");
  const subject = `orders.accepted.${safe(order.region)}.${safe(order.orderId)}`;
  nc.publish(subject, JSON.stringify(order), { headers: about });
  console.log(`${order.orderId} accepted`);
}

function safe(part: string): string {
  return encodeURIComponent(part).replaceAll(".", "%2E").replaceAll("*", "%2A");
}

// A refused event goes on as it came, byte by byte, and says why:
// somebody will want to look at it. If the reason makes it larger
// than a message may be, or its headers cannot be read, the reason
// goes alone.
function refuse(message: Msg, why: unknown): void {
  const reason = reasonOf(why);
  try {
    const about = message.headers ?? headers();
    about.set("Reject-Reason", reason);
    nc.publish("orders.invalid", message.data, { headers: about });
  } catch {
    const about = headers();
    about.set("Reject-Reason", reason);
    nc.publish("orders.invalid", "", { headers: about });
  }
  console.log(`refused: ${reason}`);
}

// A header is one line. Error texts may be several, and may quote
// whatever a stranger has sent.
function reasonOf(why: unknown): string {
  const text = why instanceof Refused ? why.message : `invalid: ${why}`;
  return text.replaceAll(/\s+/g, " ").slice(0, 120);
}
