// The contract: what a placed order says, and how to read one.
// intake.ts asks this file about every event it hears.

import { decode } from "@msgpack/msgpack";
import type { MsgHdrs } from "@nats-io/transport-node";
import * as v from "valibot";

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

const twoDecimals = (euros: number) => Math.abs(euros * 100 - Math.round(euros * 100)) < 1e-6;
const part = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, "unsafe-id"));

const common = {
  orderId: part,
  region: part,
  customer: v.string(),
  sku: v.string(),
  quantity: v.pipe(v.number(), v.integer(), v.minValue(1)),
};

const PlacedV1 = v.pipe(
  v.object({ ...common, amount: v.pipe(v.number(), v.finite(), v.minValue(0), v.check(twoDecimals)) }),
  v.transform(({ amount, ...rest }): Order => ({ ...rest, amountCents: Math.round(amount * 100), currency: "EUR" })),
);

const PlacedV2 = v.object({ ...common, amountCents: v.pipe(v.number(), v.integer(), v.minValue(0)), currency: v.string() });

const versions = new Map<string, v.GenericSchema<unknown, Order>>([
  ["shop.order.placed.v1", PlacedV1],
  ["shop.order.placed.v2", PlacedV2],
]);

export function readOrder(about: MsgHdrs, data: Uint8Array): Order {
  checkAttributes(about);
  const type = about.get("ce-type");
  const schema = versions.get(type);
  if (!schema) throw new Refused("unsupported-version", type);
  const result = v.safeParse(schema, decodeBody(about, data));
  if (result.success) return result.output;
  const [first, ...more] = result.issues;
  const unsafe = more.length === 0 && first.message === "unsafe-id";
  throw new Refused(unsafe ? "unsafe-id" : "invalid", `${v.getDotPath(first)}: ${first.message}`);
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
