import { connect, headers, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { readOrder, Refused, type Order } from "./contract.ts";

class Intake {
  readonly #nc: NatsConnection;

  constructor(nc: NatsConnection) {
    this.#nc = nc;
  }

  start(): void {
    this.#nc.subscribe("orders.placed.>", { callback: (_error, message) => this.#handle(message) });
  }

  #handle(message: Msg): void {
    const outcome = this.#read(message);
    if (typeof outcome === "string") this.#refuse(message, outcome);
    else this.#accept(message, outcome);
  }

  #read(message: Msg): Order | string {
    try {
      return message.headers ? readOrder(message.headers, message.data) : "invalid: no headers";
    } catch (error) {
      const text = error instanceof Refused ? error.message : `invalid: ${String(error)}`;
      return text.replaceAll(/\s+/g, " ").slice(0, 200);
    }
  }

  #accept(message: Msg, order: Order): void {
    const about = headers();
    const attributes = {
      "ce-specversion": "1.0",
      "ce-id": message.headers?.get("ce-id") ?? "",
      "ce-source": "intake",
      "ce-type": "shop.order.accepted.v2",
      "ce-time": new Date().toISOString(),
    };
    for (const [name, value] of Object.entries(attributes)) about.set(name, value);
    const subject = ["orders", "accepted", order.region, order.orderId].join(".");
    this.#nc.publish(subject, new TextEncoder().encode(JSON.stringify(order)), { headers: about });
  }

  #refuse(message: Msg, reason: string): void {
    try {
      this.#send(message.data, copyOf(message.headers), reason);
    } catch {
      this.#send(new Uint8Array(), headers(), reason);
    }
  }

  #send(data: Uint8Array, about: MsgHdrs, reason: string): void {
    about.set("Reject-Reason", reason);
    this.#nc.publish("orders.invalid", data, { headers: about });
  }
}

function copyOf(from: MsgHdrs | undefined): MsgHdrs {
  const copy = headers();
  for (const [name, values] of from ?? []) {
    for (const value of values) copy.append(name, value);
  }
  return copy;
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const stop = () => void nc.drain();
process.once("SIGINT", stop).once("SIGTERM", stop);
new Intake(nc).start();
