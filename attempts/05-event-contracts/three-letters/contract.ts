// The contract: what a placed order says, and how to read one.
// intake.ts asks this file about every event it hears.

import { decode } from "@msgpack/msgpack";
import type { MsgHdrs } from "@nats-io/transport-node";
import * as z from "zod";

/** An order as the rest of the shop reads it: version 2. */
export interface Order {
  orderId: string;
  region: string;
  customer: string;
  sku: string;
  quantity: number;
  amountCents: number;
  currency: string;
}

/** What both versions of the body have. */
const common = {
  orderId: z.string(),
  region: z.string(),
  customer: z.string(),
  sku: z.string(),
  quantity: z.int().min(1),
};

/** Version 1 counts in euros, with two decimals at most. */
const PlacedV1 = z.object({
  ...common,
  amount: z.number().min(0).multipleOf(0.01),
});

/** Version 2 counts in whole cents of any currency. */
const PlacedV2 = z.object({
  ...common,
  amountCents: z.int().min(0),
  currency: z.string().length(3),
});

/** Reads one event. Throws `Refused` if it breaks the contract. */
export function readOrder(about: MsgHdrs, data: Uint8Array): Order {
  checkAttributes(about);
  const body = decodeBody(about, data);
  const order = readVersion(about.get("ce-type"), body);
  checkParts(order.region, order.orderId);
  return order;
}

// Version 1 goes on being read for as long as anybody sends it, and
// becomes version 2 here, at the edge: behind this line there is
// only one kind of order. A version that nobody here has heard of
// is not guessed at.
function readVersion(type: string, body: unknown): Order {
  if (type === "shop.order.placed.v1") {
    return fromV1(check(PlacedV1, body));
  }
  if (type === "shop.order.placed.v2") return check(PlacedV2, body);
  throw new Refused("unsupported-version", type);
}

// The schema looks at the body while the program runs. `z.object`
// leaves out the fields it does not know: tomorrow's sender may say
// more than today's, and nothing breaks.
function check<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Refused("invalid", z.prettifyError(result.error));
}

// These become parts of a subject. A dot makes two parts of one, a
// star is everybody's name, and a subject of some thousand letters
// ends the connection. Nobody guesses what was meant.
function checkParts(...parts: string[]): void {
  const odd = parts.find((part) => !/^[\w-]{1,64}$/.test(part));
  if (odd !== undefined) throw new Refused("unsafe-id", odd);
}

// 19.99 * 100 is 1998.9999999999998. Money is whole cents.
function fromV1(placed: z.infer<typeof PlacedV1>): Order {
  const { amount, ...rest } = placed;
  const amountCents = Math.round(amount * 100);
  return { ...rest, amountCents, currency: "EUR" };
}

const REQUIRED = [
  "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time",
];

// The client compares names exactly: "Ce-Id" is another header.
function checkAttributes(about: MsgHdrs): void {
  const missing = REQUIRED.find((name) => !about.get(name));
  if (missing) throw new Refused("invalid", `no ${missing}`);
  if (about.get("ce-specversion") === "1.0") return;
  throw new Refused("invalid", "it is not CloudEvents 1.0");
}

// Fatal: bytes that are not UTF-8 are an error, not a "\ufffd".
const utf8 = new TextDecoder("utf-8", { fatal: true });

// Five bytes of MessagePack can claim an array of millions.
const limits = { maxArrayLength: 1_000, maxMapLength: 1_000 };

function decodeBody(about: MsgHdrs, data: Uint8Array): unknown {
  const encoding = about.get("ce-datacontenttype");
  try {
    switch (encoding || "application/json") {
      case "application/json":
        return JSON.parse(utf8.decode(data));
      case "application/msgpack":
        return decode(data, limits);
    }
  } catch (error) {
    throw new Refused("malformed", String(error));
  }
  throw new Refused("unsupported-encoding", encoding);
}

type Reason =
  | "malformed"
  | "invalid"
  | "unsupported-version"
  | "unsupported-encoding"
  | "unsafe-id";

/** An event breaks the contract. The message begins with why. */
export class Refused extends Error {
  constructor(reason: Reason, detail: string) {
    super(`${reason}: ${detail}`);
  }
}
