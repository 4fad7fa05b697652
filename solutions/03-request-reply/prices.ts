// The price service. It answers a request on `prices.get` with
// what so many pieces of one product cost together.

import { readFileSync } from "node:fs";
import { connect, headers, type Msg } from "@nats-io/transport-node";

interface Wish {
  sku: string;
  quantity: number;
}

interface Price {
  amountCents: number;
  currency: string;
}

// The price list is given: a product's sku, and what one costs.
const {
  NATS_URL = "nats://127.0.0.1:4222",
  PRICES_FILE = "lessons/03-request-reply/prices.json",
} = process.env;
const list: Record<string, Price> = JSON.parse(
  readFileSync(PRICES_FILE, "utf8"),
);
const prices = new Map(Object.entries(list));

const nc = await connect({ servers: NATS_URL, name: "prices" });

process.once("SIGINT", () => nc.drain());
process.once("SIGTERM", () => nc.drain());

// Several copies may run. `queue` has the server give each request
// to one of them; lesson 4 is about that. Without it every copy
// would do the work, and all replies but the first are thrown away.
const requests = nc.subscribe("prices.get", { queue: "prices" });
for await (const request of requests) answer(request);

// A request is a message with a reply subject: an inbox that only
// the one who asked listens to. `respond` publishes to it. Every
// path through this function ends in exactly one reply.
function answer(request: Msg): void {
  const wish = read(request);
  if (!wish) return refuse(request, "400", "the body is no JSON");
  const price = prices.get(wish.sku);
  if (!price) return refuse(request, "404", `no sku ${wish.sku}`);
  const { sku, quantity } = wish;
  const amountCents = quantity * price.amountCents;
  const { currency } = price;
  request.respond(
    JSON.stringify({ sku, quantity, amountCents, currency }),
  );
}

// One bad body must not end the service for everybody else: an
// error that leaves the loop above ends the loop.
function read(request: Msg): Wish | undefined {
  try {
    return request.json<Wish>();
  } catch {
    return undefined;
  }
}

// A refusal is a reply. To the server it is a message like any
// other; that it is a refusal stands in two headers, in the form
// that services built with the NATS services API use as well. The
// one who asked knows at once, and need not wait for a time-out to
// guess from.
function refuse(request: Msg, code: string, text: string): void {
  console.error(`refused: ${code} ${text}`);
  const why = headers();
  why.set("Nats-Service-Error-Code", code);
  why.set("Nats-Service-Error", text);
  request.respond("", { headers: why });
}
