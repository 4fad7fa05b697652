import { encode } from "@msgpack/msgpack";
import type { OrderEvent } from "#engine/lab/orders.ts";

/** The words a `Reject-Reason` begins with. */
export type Reason = "malformed" | "invalid" | "unsupported-version" | "unsupported-encoding" | "unsafe-id";

/** What makes a case worth sending: diagnoses read it, learners do not. */
export type Trap = "v1" | "cents" | "v2" | "version" | "extra" | "crossed" | "narrow" | "msgpack" | "value" | "proto" | "encoding" | "bytes" | "id" | "subject";

/** The body every accepted order has, whatever version it came in. */
export type ShopOrder = Pick<OrderEvent, "orderId" | "region" | "customer" | "sku" | "quantity" | "amountCents" | "currency">;

/** One event sent to intake, and what may come of it. */
export interface Case {
  /** Completes "Expected … to be accepted". */
  what: string;
  trap: Trap;
  version: 1 | 2;
  order: ShopOrder;
  subject: string;
  headers: Record<string, string> | undefined;
  payload: Uint8Array;
  /** Whether it may be accepted, and the reasons that may be given otherwise. */
  accept: boolean;
  reasons: Reason[];
  /** True where the refusal cannot be expected to carry payload and headers. */
  bare?: true;
  /** A header that no Node.js client can send or read: written to the socket as it is. */
  raw?: true;
}

/** What differs from an ordinary event of version 2 in JSON. */
export interface Made {
  version?: 1 | 2;
  type?: string;
  encoding?: string;
  fields?: Record<string, unknown>;
  headers?: Record<string, string | undefined>;
  payload?: Uint8Array | string;
  subject?: string;
  accept?: boolean;
  reasons?: Reason[];
  bare?: true;
  raw?: true;
}

const ANY: Reason[] = ["malformed", "invalid", "unsupported-version", "unsupported-encoding", "unsafe-id"];
const VALUE: Made = { reasons: ["invalid"] };

/** Makes a case: accepted where no reasons are given, refused where some are, either where it says `accept` as well. */
export function caseOf(event: OrderEvent, what: string, trap: Trap, made: Made = {}): Case {
  const order = { ...orderOf(event), ...(made.version === 1 ? { currency: "EUR" } : {}) };
  const body = { ...bodyOf(event, made.version ?? 2), ...made.fields };
  const reasons = made.reasons ?? [];
  return {
    what, trap, reasons,
    version: made.version ?? 2,
    order: { ...order, ...(Object.fromEntries(Object.entries(made.fields ?? {}).filter(([name]) => Object.hasOwn(order, name))) as Partial<ShopOrder>) },
    subject: made.subject ?? `orders.placed.${event.region}.${event.orderId}`,
    headers: headersOf(event, made),
    payload: bytes(made.payload ?? (made.encoding === MSGPACK ? encode(body) : JSON.stringify(body))),
    accept: made.accept ?? reasons.length === 0,
    ...(made.bare ? { bare: true } : {}),
    ...(made.raw ? { raw: true } : {}),
  };
}

export const MSGPACK = "application/msgpack";

/** Well-formed bodies that break the contract. */
export function refusals(events: OrderEvent[]): Case[] {
  const take = taker(events);
  const nobody = take();
  return [
    caseOf(take(), "version 2 whose amountCents is the text \"12\"", "value", { ...VALUE, fields: { amountCents: "12" } }),
    caseOf(take(), "version 1 whose amount is the text \"19.99\"", "value", { ...VALUE, version: 1, fields: { amount: "19.99" } }),
    caseOf(nobody, "version 2 without a customer", "value", { ...VALUE, fields: { customer: undefined }, payload: JSON.stringify({ ...bodyOf(nobody, 2), customer: undefined }, null, 2) }),
    caseOf(take(), "version 2 whose orderId is a number", "value", { ...VALUE, fields: { orderId: 1001 } }),
    ...["sku", "quantity", "amountCents", "currency"].map((name) => caseOf(take(), `version 2 without ${name}`, "value", { ...VALUE, fields: { [name]: undefined } })),
    caseOf(take(), "an event of type v2 with the body of version 1", "crossed", { ...VALUE, version: 1, type: "shop.order.placed.v2" }),
    caseOf(take(), "an event of type v1 with the body of version 2", "crossed", { ...VALUE, type: "shop.order.placed.v1" }),
    caseOf(take(), "version 2 of 12.5 cents", "value", { ...VALUE, fields: { amountCents: 12.5 } }),
    caseOf(take(), "version 1 of 19.999 euros", "value", { ...VALUE, version: 1, fields: { amount: 19.999 } }),
    caseOf(take(), "version 2 of -1999 cents", "value", { ...VALUE, fields: { amountCents: -1999 } }),
    caseOf(take(), "version 1 of -19.99 euros", "value", { ...VALUE, version: 1, fields: { amount: -19.99 } }),
    caseOf(take(), "version 2 of no mugs at all (quantity 0)", "value", { ...VALUE, fields: { quantity: 0 } }),
    caseOf(take(), "version 20", "version", { type: "shop.order.placed.v20", reasons: ["unsupported-version"] }),
    caseOf(take(), "version 3", "version", { type: "shop.order.placed.v3", reasons: ["unsupported-version"] }),
    caseOf(take(), "an event of type \"shop.order.cancelled.v2\"", "version", { type: "shop.order.cancelled.v2", reasons: ["unsupported-version"] }),
    caseOf(take(), "an event of type \"constructor\"", "version", { type: "constructor", reasons: ["unsupported-version"] }),
    caseOf(take(), "an event of ce-specversion 9.9", "version", { headers: { "ce-specversion": "9.9" }, reasons: ["invalid", "unsupported-version"] }),
    caseOf(take(), "an event in application/xml", "encoding", { encoding: "application/xml", payload: "<order/>", reasons: ["unsupported-encoding"] }),
  ];
}

/** What a stranger, a bug or an attacker may send. `max` is the server's max_payload. */
export function hostile(events: OrderEvent[], max: number): Case[] {
  const take = taker(events);
  const bad = badFrom(take);
  const full = (what: string, size: (headers: number) => number, made: Made = {}) => {
    const sized = bad(what, made);
    return { ...sized, payload: Buffer.alloc(size(wireLength(sized.headers)), "x") };
  };
  const deep = "[".repeat(20_000) + "]".repeat(20_000);
  const rest = (event: OrderEvent) => JSON.stringify(bodyOf(event, 2)).slice(0, -1);
  const withDeep = take(), polluting = take(), decorated = take(), latin = take();
  return [
    bad("JSON that is cut off", { payload: '{"orderId":"10', reasons: ["malformed"] }),
    bad("JSON that breaks in its second line", { payload: '{"orderId":\r\n oops}', reasons: ["malformed"] }),
    bad("no body at all", { payload: "", reasons: ["malformed"] }),
    bad("the body null", { payload: "null" }),
    bad("a list instead of an order", { payload: "[1,2,3]" }),
    { ...bad("an event without any header", { reasons: ["invalid"] }), headers: undefined },
    bad("an event without ce-type", { headers: { "ce-type": undefined }, reasons: ["invalid", "unsupported-version"] }),
    bad("an event without ce-id", { headers: { "ce-id": undefined }, reasons: ["invalid"] }),
    caseOf(latin, "JSON with bytes that are not UTF-8", "bytes", { accept: true, reasons: ANY, payload: Buffer.concat([Buffer.from(`${rest(latin)},"note":"caf`), Buffer.of(0xe9), Buffer.from('"}')]) }),
    bad("a list 20,000 levels deep", { payload: deep }),
    caseOf(withDeep, "an order with a note 20,000 levels deep", "bytes", { accept: true, reasons: ANY, payload: `${rest(withDeep)},"note":${deep}}` }),
    caseOf(polluting, "an order whose amount and currency stand under __proto__", "proto", { reasons: ["invalid", "malformed"], payload: JSON.stringify({ ...bodyOf(polluting, 2), amountCents: undefined, currency: undefined }).slice(0, -1) + ',"__proto__":{"amountCents":1,"currency":"EUR"}}' }),
    caseOf(take(), "an order without a currency, after one with a field called __proto__", "proto", { ...VALUE, fields: { currency: undefined } }),
    caseOf(decorated, "an order with fields called __proto__ and constructor", "bytes", { accept: true, reasons: ANY, payload: `${rest(decorated)},"__proto__":{"quantity":9},"constructor":{"prototype":1},"toString":1}` }),
    caseOf(take(), "an order with a note of 1,000,000 letters", "bytes", { accept: true, reasons: ANY, fields: { note: "x".repeat(1_000_000) } }),
    full("a payload of almost max_payload that is no JSON", (headers) => max - headers - 2_000, { reasons: ["malformed"] }),
    full("a message of exactly max_payload, without room for a reason", (headers) => max - headers, { reasons: ["malformed"], bare: true }),
    bad("an event with a blank in a header's name", { accept: true, reasons: ANY, bare: true, raw: true }),
  ];
}

/** Both versions in both encodings, JSON also where the header says so; then bytes that are not what the header says. */
export function encodings(events: OrderEvent[]): Case[] {
  const take = taker(events);
  const bad = badFrom(take);
  return [
    caseOf(take(), "version 1 in MessagePack", "msgpack", { version: 1, encoding: MSGPACK }),
    caseOf(take(), "version 2 in MessagePack", "msgpack", { encoding: MSGPACK }),
    caseOf(take(), "version 2 in JSON that says so", "v2", { encoding: "application/json" }),
    caseOf(take(), "version 2 in MessagePack whose sku is a number", "value", { ...VALUE, encoding: MSGPACK, fields: { sku: 7 } }),
    bad("JSON that calls itself MessagePack", { headers: { "ce-datacontenttype": MSGPACK }, reasons: ["malformed"] }),
    bad("MessagePack that calls itself JSON", { payload: encode({ orderId: "1001" }), reasons: ["malformed"] }),
    bad("MessagePack that claims four thousand million values in five bytes", { encoding: MSGPACK, payload: Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff) }),
    bad("MessagePack with an infinite amount", { version: 1, encoding: MSGPACK, fields: { amount: Infinity } }),
  ];
}

/** Ids that must not become part of a subject, and some that may. */
export function ids(events: OrderEvent[]): Case[] {
  const take = taker(events);
  const odd = (orderId: string, what = `the orderId ${JSON.stringify(orderId)}`, made: Made = {}) => caseOf(take(), what, "id", { fields: { orderId }, reasons: ["unsafe-id"], ...made });
  return [
    odd("A-1_b", undefined, { reasons: [] }),
    odd("__proto__", undefined, { reasons: [] }),
    odd("Z9-_".repeat(16), "an orderId of 64 characters", { reasons: [] }),
    caseOf(take(), "a region of 64 characters", "id", { fields: { region: "a-_0".repeat(16) } }),
    odd("7.2", undefined, { subject: "orders.placed.eu.7.2" }),
    odd("*", undefined, { subject: "orders.placed.eu.*" }),
    odd(">", undefined, { subject: "orders.placed.eu.>" }),
    caseOf(take(), 'the region "eu.west"', "id", { fields: { region: "eu.west" }, reasons: ["unsafe-id"] }),
    caseOf(take(), 'the region "*"', "id", { fields: { region: "*" }, reasons: ["unsafe-id"] }),
    odd("", "an empty orderId", { reasons: ["unsafe-id", "invalid"] }),
    odd("größe"),
    odd("a b"),
    odd("1001\n"),
    odd("1 0\r\n\r\nPUB orders.accepted.eu.evil 0\r\n\r\n", "an orderId with a second command in it"),
    odd("7".repeat(5_000), "an orderId of 5,000 digits"),
  ];
}

/** The length of a message's headers on the wire. */
export function wireLength(headers: Record<string, string> = {}): number {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.byteLength(["NATS/1.0\r\n", ...lines, "\r\n"].join(""));
}

function orderOf({ orderId, region, customer, sku, quantity, amountCents, currency }: OrderEvent): ShopOrder {
  return { orderId, region, customer, sku, quantity, amountCents, currency };
}

function bodyOf(event: OrderEvent, version: 1 | 2): Record<string, unknown> {
  const { amountCents, currency, ...common } = orderOf(event);
  return version === 1 ? { ...common, amount: amountCents / 100 } : { ...common, amountCents, currency };
}

function headersOf(event: OrderEvent, made: Made): Record<string, string> {
  const all: Record<string, string | undefined> = {
    "ce-specversion": "1.0", "ce-id": event.id, "ce-source": "/shop/web", "ce-type": made.type ?? `shop.order.placed.v${made.version ?? 2}`, "ce-time": event.at,
    "ce-datacontenttype": made.encoding, ...made.headers,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function badFrom(take: () => OrderEvent): (what: string, made: Made) => Case {
  return (what, made) => caseOf(take(), what, "bytes", { reasons: ["malformed", "invalid"], ...made });
}

function bytes(payload: Uint8Array | string): Uint8Array {
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}

function taker(events: OrderEvent[]): () => OrderEvent {
  const left = [...events];
  return () => left.shift() ?? (() => { throw new Error("Cannot make a case: there are not enough orders"); })();
}
