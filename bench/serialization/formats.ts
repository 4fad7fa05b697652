import { decode, encode } from "@msgpack/msgpack";
import protobuf from "protobufjs";

/** One way to make bytes of an order, and an order of bytes. */
export interface Format {
  encode(order: object): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

export type FormatName = "JSON" | "MessagePack" | "Protobuf";

/**
 * Protobuf needs a schema on both sides. One message reads both versions: numbers, not names, are on the wire, so a
 * field may be added under a new number, and an old number is never given to anything else.
 */
export const PROTO = `
syntax = "proto3";
message OrderPlaced {
  string order_id = 1;
  string region = 2;
  string customer = 3;
  string sku = 4;
  uint32 quantity = 5;
  double amount = 6;        // version 1, euros
  uint32 amount_cents = 7;  // version 2
  string currency = 8;      // version 2
  string note = 9;
}`;

const OrderPlaced = protobuf.parse(PROTO).root.lookupType("OrderPlaced");
const toBytes = new TextEncoder();
const toText = new TextDecoder();

/**
 * The three formats, each by the functions its library shows first. protobufjs reads a `.proto` at run time and writes
 * fast code for it; @bufbuild/protobuf would want that code generated beforehand, or a descriptor built by hand.
 */
export const FORMATS: Record<FormatName, Format> = {
  JSON: { encode: (order) => toBytes.encode(JSON.stringify(order)), decode: (bytes) => JSON.parse(toText.decode(bytes)) },
  MessagePack: { encode: (order) => encode(order), decode: (bytes) => decode(bytes) },
  Protobuf: { encode: (order) => OrderPlaced.encode(order).finish(), decode: (bytes) => OrderPlaced.decode(bytes) },
};

const common = { orderId: "1001", region: "eu", customer: "ada@example.com", sku: "mug", quantity: 1 };

/** The orders of lesson 5: its README's, in both versions, and one that mostly is text. */
export const ORDERS = {
  "version 1": { ...common, amount: 19.99 },
  "version 2": { ...common, amountCents: 1999, currency: "EUR" },
  "version 2, a note of 300 letters": { ...common, amountCents: 1999, currency: "EUR", note: "Please ring twice. ".repeat(16).slice(0, 300) },
};

/** The order whose speed is measured. */
export const MEASURED = ORDERS["version 2"];

/** The headers that go with each of them, as they stand on the wire. */
export const HEADERS = [
  "NATS/1.0", "ce-specversion: 1.0", "ce-id: 1001-placed", "ce-source: /shop/web", "ce-type: shop.order.placed.v2",
  "ce-time: 2026-03-01T09:15:00.000Z", "ce-datacontenttype: application/json", "", "",
].join("\r\n");
