import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine, Service } from "#engine/world/world.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { listen, type Heard } from "#engine/lab/listen.ts";
import { makeOrders, subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { isSubscription, sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";

/** The way of an order: events of the programs and calls of the outside world, in order. */
export const WAY = ["placed", "charge", "paid", "reserve", "ship", "shipped"] as const;
export type Step = (typeof WAY)[number] | "declined";

/** Who takes which step. */
export const WHO: Record<Step, "orders-api" | "payments" | "fulfilment"> = {
  placed: "orders-api", charge: "payments", paid: "payments", declined: "payments", reserve: "fulfilment", ship: "fulfilment", shipped: "fulfilment",
};

/**
 * The longest wait for a rush of orders, in milliseconds. A wait that is in vain ends as soon as everything is still,
 * so this is only for a machine that has much else to do.
 */
const RUSH_MS = 40_000;

/** The three programs, and all that they say about orders. */
export interface Shop {
  apis: Handle[];
  payments: Handle[];
  fulfilment: Handle[];
  said: Heard[];
}

/** Has `copies` of each program running, and somebody in the office who hears every event about an order. */
export async function open(lab: Lab, { copies = 1, env = {} }: { copies?: number; env?: Record<string, string> } = {}): Promise<Shop> {
  const [apis, payments, fulfilment, said] = await Promise.all([
    lab.have("orders-api", copies),
    lab.have("payments", copies, { env }),
    lab.have("fulfilment", copies, { env }),
    listen(lab, "orders.>", "office"),
  ]);
  return { apis, payments, fulfilment, said };
}

/** One order that a customer has sent over HTTP. What is not known before the answer is absent until then. */
export interface Click {
  wish: Partial<OrderEvent>;
  status?: number;
  orderId?: string;
  /** The `Correlation-Id` of the answer. */
  correlationId?: string;
  /** Why there was no answer. */
  trouble?: string;
}

/** Sends an order to an api as a browser would. Nobody waits for the answer here. */
export function click(lab: Lab, api: Handle, headers: Record<string, string> = {}): Click {
  const [{ id: _id, orderId: _orderId, at: _at, ...wish }] = makeOrders(lab.random, 1) as [OrderEvent];
  const sent: Click = { wish };
  const request = { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(wish) };
  lab.record.add({ kind: "call", program: "customer", service: "POST /orders" });
  fetch(`http://127.0.0.1:${api.port}/orders`, request).then(
    (response) => answered(lab, sent, response),
    (error: Error) => (sent.trouble = ((error.cause ?? error) as Error).message),
  );
  return sent;
}

async function answered(lab: Lab, sent: Click, response: Response): Promise<void> {
  const { orderId } = (await response.json().catch(() => ({}))) as { orderId?: string };
  const correlationId = response.headers.get("Correlation-Id") ?? undefined;
  lab.record.add({ kind: "answer", program: "customer", service: "POST /orders", status: response.status, ...(orderId ? { order: orderId } : {}) });
  Object.assign(sent, { status: response.status, orderId, correlationId });
}

/** Every customer has 201 and the id of her order. Answers the orders as their events should tell them. */
export async function allPlaced(lab: Lab, clicks: Click[]): Promise<Partial<OrderEvent>[]> {
  const expected = `201 and an order id for ${clicks.length === 1 ? "a customer" : `each of ${clicks.length} customers`}`;
  const waiting = () => clicks.filter((sent) => !sent.status && !sent.trouble);
  await lab.until(() => waiting().length === 0, { within: RUSH_MS, holding: true, expected, seen: () => `${waiting().length} of them still wait for an answer` });
  const refused = clicks.filter((sent) => sent.status !== 201 || typeof sent.orderId !== "string");
  const got = ({ trouble, status }: Click) => trouble ?? (status === 201 ? 'a 201 without an "orderId"' : `status ${status}`);
  expect(refused.length === 0, () => ({ expected, seen: `${refused.length} of them got another answer: ${got(refused[0]!)}` }));
  return clicks.map(({ wish, orderId }) => ({ ...wish, orderId: orderId! }));
}

/** Publishes placed orders as an api would, and waits until the server has them. */
export async function place(lab: Lab, orders: OrderEvent[]): Promise<OrderEvent[]> {
  const shop = await lab.connect("shop");
  for (const order of orders) shop.publish(subjectOf(order), JSON.stringify(order));
  await shop.flush();
  return orders;
}

/** Which steps have been taken, as `shipped k3f9-1`: by the events said and the effects in the ledger. */
export function steps(lab: Lab, shop: Shop): Set<string> {
  const calls = lab.world.ledger.slice(lab.scene.call).filter((line) => line.effect);
  return new Set([...calls.map((line) => `${line.service} ${line.orderId}`), ...shop.said.map(({ subject }) => nameOf(subject))]);
}

/** Waits until every order is shipped and said to be, by events that tell the order. */
export async function allShip(lab: Lab, shop: Shop, orders: Partial<OrderEvent>[]): Promise<void> {
  const expected = `${orders.length === 1 ? "the order" : `each of ${orders.length} orders`} to be paid, reserved and shipped, and said to be`;
  const left = () => {
    const taken = steps(lab, shop);
    return orders.filter(({ orderId }) => WAY.some((step) => !taken.has(`${step} ${orderId}`)));
  };
  await lab.until(() => left().length === 0, { within: RUSH_MS, expected, seen: () => stuck(lab, shop, left()), timeline: () => [...endsOf(lab), ...storyOf(lab, left()[0]?.orderId)].toSorted((a, b) => a.t - b.t) });
  const odd = firstOddity(shop, orders);
  lab.note("odd", odd);
  expect(!odd, () => ({ expected: `the event "${odd!.what}" to be the order as it was placed, with an id of its own`, seen: odd!.why, timeline: storyOf(lab, odd!.orderId) }));
}

/** Waits until nothing moves any more; with `holding`, whatever the check holds back does not count. */
export async function allStill(lab: Lab, { holding = false } = {}): Promise<void> {
  await lab.settled({ holding, within: RUSH_MS });
}

/** Says how far the first of these orders has come, and notes it for the diagnoses. */
export function stuck(lab: Lab, shop: Shop, left: Partial<OrderEvent>[]): string {
  const taken = steps(lab, shop);
  const orderId = left[0]?.orderId;
  const missing = WAY.find((step) => !taken.has(`${step} ${orderId}`)) ?? "shipped";
  lab.note("stuck", { orderId, missing });
  lab.note("odd", firstOddity(shop, left));
  const last = WAY[WAY.indexOf(missing) - 1];
  return `${left.length} of them were not. ${orderId} got as far as "${last ?? "the click"}"`;
}

export interface Oddity {
  what: Step;
  orderId: string;
  why: string;
}

/** The first event that does not tell its order as the contract wants it. */
function firstOddity(shop: Shop, orders: Partial<OrderEvent>[]): Oddity | undefined {
  const byId = new Map(orders.map((order) => [order.orderId, order]));
  for (const { subject, json } of shop.said) {
    const [, what, region, orderId] = subject.split(".") as [string, Step, string, string];
    const order = byId.get(orderId);
    const why = order && oddity(json, { ...order, region: region ?? "", id: `${orderId}-${what}` });
    if (why) return { what, orderId, why };
  }
  return undefined;
}

function oddity(json: unknown, wanted: Partial<OrderEvent>): string | undefined {
  if (typeof json !== "object" || json === null) return "its body is no JSON object";
  const { at: _at, ...fields } = wanted;
  const said = json as Record<string, unknown>;
  const wrong = Object.entries(fields).find(([name, value]) => said[name] !== value);
  if (wrong) return `its "${wrong[0]}" is ${JSON.stringify(said[wrong[0]]) ?? "missing"}, not ${JSON.stringify(wrong[1])}`;
  return Number.isNaN(Date.parse(String(said.at))) ? `its "at" is no time: ${JSON.stringify(said.at)}` : undefined;
}

/** Calls of one program, all its copies, since the check began. */
export function callsOf(lab: Lab, role = "", service?: Service): LedgerLine[] {
  return lab.world.ledger.slice(lab.scene.call).filter((line) => line.program.startsWith(role) && (!service || line.service === service));
}

/** What became of one order, without what the office heard of it. */
export function storyOf(lab: Lab, orderId: string | undefined): FlightEvent[] {
  if (orderId === undefined) return [];
  return sceneOf(lab).filter((event) => event.program !== "office" && (event.order === orderId || event.subject?.split(".")[3] === orderId));
}

/** The programs that have ended or lost their connection by themselves, each with the last message it got. */
export function endsOf(lab: Lab): FlightEvent[] {
  const scene = sceneOf(lab);
  const ends = scene.filter(({ kind, program, note }) => (kind === "exit" || kind === "disconnect") && ROLE.test(program ?? "") && note !== "SIGKILL");
  const last = (end: FlightEvent) => scene.findLast((event) => event.kind === "deliver" && event.program === end.program && event.t <= end.t);
  return [...new Set(ends.flatMap((end) => [last(end) ?? end, end]))];
}

const ROLE = /^(orders-api|payments|fulfilment)/;

/** How the copies that run now hear of orders. */
export function groups(lab: Lab): FlightEvent[] {
  const copies = lab.alive().map(({ name }) => name);
  return lab.record.where((event) => copies.includes(event.program ?? "") && ["payments", "fulfilment"].some((role) => isSubscription(event, role)));
}

/** `orders.paid.eu.k3f9-1` is `paid k3f9-1`. A subject of another shape names no step. */
function nameOf(subject: string): string {
  const [, what, , orderId, ...more] = subject.split(".");
  return more.length > 0 ? "" : `${what} ${orderId}`;
}
