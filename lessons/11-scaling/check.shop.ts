import { jetstream } from "@nats-io/jetstream";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { readStream, removeStreams } from "#engine/lab/streams.ts";
import { expect, NotYet } from "#engine/lab/words.ts";
import type { ConsumerState, StreamState } from "#engine/lessons/evidence.ts";

/** The life of an order, event by event. */
export const STEPS = ["placed", "paid", "packed", "shipped"] as const;

export const TRACK = { service: "track" } as const;

/** One event of one order, as the shop publishes it. */
export interface Step {
  orderId: string;
  event: string;
  subject: string;
  body: string;
}

/** A clean server, and setup run on it. */
export async function prepare(lab: Lab, env: Record<string, string> = {}): Promise<void> {
  await removeStreams(lab);
  await setUp(lab, env);
  lab.note("consumers", (await ordersStream(lab))?.consumers.length);
}

/** Runs setup to its end, which has to be a good one. */
export async function setUp(lab: Lab, env: Record<string, string> = {}): Promise<void> {
  // Each run says how many parts: a later life has the variables of the one before.
  const setup = await lab.again("setup", { env: { PARTITIONS: "8", ...env } });
  const exit = await setup.ended({ idle: 2_000 });
  lab.note("setup", exit ? exit.code : "running");
  setup.mustExitWith(0, "ORDERS and its consumers are there");
  lab.note("setup", 0);
}

/** So many copies of the worker, each with a pull of its own open. Without a tap they have to start one after the other. */
export async function copies(lab: Lab, count: number, env: Record<string, string> = {}): Promise<Handle[]> {
  if (lab.tap) return Promise.all(Array.from({ length: count }, () => lab.start("worker", { env })));
  const started: Handle[] = [];
  while (started.length < count) started.push(await lab.start("worker", { env }));
  return started;
}

/** The events of so many orders, the events of each order next to each other. */
export function stepsOf(lab: Lab, orders: number, region?: string): Step[] {
  return lab.orders(orders, () => (region ? { region } : {})).flatMap((order) => STEPS.map((event) => stepOf(order, event)));
}

function stepOf(order: OrderEvent, event: string): Step {
  return { orderId: order.orderId, event, subject: subjectOf(order, event), body: JSON.stringify({ ...order, id: `${order.orderId}-${event}` }) };
}

/** Stores events as the shop would, in order. Notes the first order whose events the stream has in different parts. */
export async function store(lab: Lab, steps: Step[]): Promise<void> {
  const js = jetstream(await lab.connect("shop"));
  try {
    for (let at = 0; at < steps.length; at += 100) await Promise.all(steps.slice(at, at + 100).map(({ subject, body }) => js.publish(subject, body)));
  } catch (error) {
    throw new NotYet({ expected: `a stream ORDERS that takes in ${steps[0]?.subject}`, seen: `the server says "${(error as Error).message}"`, timeline: lab.record.where({ program: "shop" }).slice(-4) });
  }
  lab.note("moved", await moved(lab));
}

/** The first order whose events the stream has in different places, and where: subjects that differ in more than the event. */
async function moved(lab: Lab): Promise<string | undefined> {
  const places = new Map<string, Set<string>>();
  for (const { subject, text } of (await readStream(lab)) ?? []) {
    const { orderId, id } = JSON.parse(text) as { orderId: string; id: string };
    const place = subject.split(".").map((token) => (id === `${orderId}-${token}` ? "*" : token)).join(".");
    places.set(orderId, (places.get(orderId) ?? new Set()).add(place));
  }
  const [found] = [...places.values()].filter(({ size }) => size > 1);
  return found && [...found].slice(0, 2).join(" and ");
}

/** `ORDERS` as the server shows it. */
export async function ordersStream(lab: Lab): Promise<StreamState | undefined> {
  return (await lab.streams()).find(({ name }) => name === "ORDERS");
}

/** Waits until setup's second run would have done its harm, and compares. */
export async function mustKeep(lab: Lab, messages: number, before: readonly ConsumerState[]): Promise<void> {
  const stream = await ordersStream(lab);
  const names = stream?.consumers.map(({ name }) => name).toSorted().join(" ");
  lab.note("lost", messages - (stream?.state.messages ?? 0));
  expect(stream?.state.messages === messages, { expected: `the ${messages} events in ORDERS to stay when setup runs again`, seen: `${stream?.state.messages ?? 0} are there` });
  const made = ({ name, created }: ConsumerState) => `${name} ${created}`;
  const anew = stream?.consumers.find((one) => before.some(({ name }) => name === one.name) && !before.some((other) => made(other) === made(one)));
  lab.note("anew", anew !== undefined);
  expect(anew === undefined, { expected: "the consumers to stay when setup runs again, with the place that each has reached", seen: `${anew?.name} was removed and made anew` });
  expect(names === before.map(({ name }) => name).toSorted().join(" "), { expected: "the same consumers after setup has run again", seen: names || "none" });
}
