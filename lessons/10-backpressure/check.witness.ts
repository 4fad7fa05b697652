import type { ConsumerState, StreamState } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import { makeWorkStream, removeStreams, store, writeData } from "#engine/lab/streams.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";

/** As many orders as `WORK` has room for. */
export const ROOM = 100;

/** When nothing has moved for so long (ms), nothing comes: longer than a worker may pause between two looks. */
const NOTHING_COMES_MS = 2_000;

/** A new stream WORK with so many orders in it. Answers the orders. */
export async function waiting(lab: Lab, count: number): Promise<OrderEvent[]> {
  await removeStreams(lab);
  await makeWorkStream(lab, { max_msgs: ROOM });
  const orders = lab.orders(count);
  if (count > 0) await store(lab, orders);
  return orders;
}

/** The only copy of a program, in its next life where there was one before. */
export async function begin(lab: Lab, role: "worker" | "producer", env: Record<string, string | number> = {}): Promise<Handle> {
  lab.note("role", role);
  lab.note("ackWaitMs", env.ACK_WAIT_MS);
  lab.note("limit", env.LIMIT);
  return lab.again(role, { env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)])) });
}

/** The producer, with these orders in its file. */
export async function produce(lab: Lab, orders: OrderEvent[], env: Record<string, string | number>): Promise<Handle> {
  lab.note("orders", orders.length);
  return begin(lab, "producer", { ...env, ORDERS_FILE: await writeData(lab, "orders.json", orders) });
}

/** `WORK` as the server shows it. */
export async function work(lab: Lab): Promise<StreamState | undefined> {
  return (await lab.streams()).find(({ name }) => name === "WORK");
}

/** The worker's consumer. */
export async function payments(lab: Lab): Promise<ConsumerState | undefined> {
  return (await work(lab))?.consumers[0];
}

/** The calls for a charge since the check began. */
export function charges(lab: Lab): LedgerLine[] {
  return lab.world.ledger.slice(lab.scene.call).filter(({ service }) => service === "charge");
}

/** How often an order's card was charged. */
export function effects(lab: Lab, { orderId }: OrderEvent): number {
  return charges(lab).filter((call) => call.effect && call.orderId === orderId).length;
}

/** Throws `NotYet` once the provider has refused a call because there were too many. */
export function noneRefused(lab: Lab, limit: number): void {
  const refused = charges(lab).filter(({ status }) => status === 429);
  lab.note("refused", refused.length);
  expect(refused.length === 0, () => ({
    expected: `never more than ${limit} charges at the same time`,
    seen: `the provider answered 429 to ${refused.length} of ${charges(lab).length} calls`,
    timeline: crowd(lab, limit),
  }));
}

/** How a crowd came about: the first pulls, the calls up to the limit, the first that were refused. */
function crowd(lab: Lab, limit: number): FlightEvent[] {
  const mine = sceneOf(lab).filter(({ program }) => program === "worker");
  const some = (kind: FlightEvent["kind"], count: number) => mine.filter((event) => event.kind === kind && (kind !== "answer" || event.status === 429)).slice(0, count);
  return [...some("pull", 2), ...some("call", limit), ...some("answer", 2)].toSorted((a, b) => a.t - b.t);
}

/** Throws `NotYet` once an order has come a second time: it was in hand for too long, given back, or stored twice. */
export function noneAgain(lab: Lab): void {
  const calls = charges(lab);
  const delivered = sceneOf(lab).find((event) => event.kind === "deliver" && (event.deliveries ?? 1) > 1);
  const called = calls.find((call, at) => calls.findIndex(({ orderId }) => orderId === call.orderId) < at);
  const orderId = delivered?.subject?.split(".")[3] ?? called?.orderId;
  if (orderId === undefined) return;
  lab.note("again", orderId);
  const times = calls.filter((call) => call.orderId === orderId && call.effect).length;
  expect(false, { expected: "each order to come to the worker once", seen: `${orderId} came again${times > 1 ? `, and its card was charged ${times} times` : ""}`, timeline: storyOf(lab, orderId).slice(0, 12) });
}

/** Waits until every order is charged once and gone from WORK. Ends early where a call is refused or an order comes again. */
export async function allCharged(lab: Lab, orders: OrderEvent[], limit: number): Promise<void> {
  const left = () => orders.filter((order) => effects(lab, order) === 0);
  const over = async () => {
    noneRefused(lab, limit);
    noneAgain(lab);
    return left().length === 0 && (await work(lab))?.state.messages === 0;
  };
  const seen = () => (left().length > 0 ? `${left().length} were not charged` : "all were charged, and the stream still has orders that nobody has acked");
  await lab.until(over, { idle: NOTHING_COMES_MS, within: 60_000, expected: `each of ${orders.length} orders to be charged and acked`, seen, timeline: () => storyOf(lab, (left()[0] ?? orders[0])?.orderId) });
}

/** Waits until a call is open, however long the worker takes to begin one. */
export async function busy(lab: Lab): Promise<void> {
  await lab.until(() => lab.world.inFlight("charge") > 0, {
    idle: NOTHING_COMES_MS, holding: true,
    expected: "a charge to be under way while orders wait",
    seen: () => "none is, and nothing moves",
    timeline: () => sceneOf(lab).filter(({ program }) => program === "worker").slice(-6),
  });
}

/** What became of one order. */
export function storyOf(lab: Lab, orderId: string | undefined): FlightEvent[] {
  return sceneOf(lab).filter((event) => event.program !== "shop" && orderId !== undefined && (event.order === orderId || event.subject?.split(".")[3] === orderId));
}
