import type { ConsumerState } from "#engine/lessons/evidence.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect } from "#engine/lab/words.ts";

/** Nanoseconds in a millisecond: the server's durations are counted in nanoseconds. */
const NS = 1e6;

interface Setting {
  name: string;
  wanted: string;
  holds: (config: Record<string, unknown>) => boolean;
  shown: (config: Record<string, unknown>) => string;
}

/** Every consumer on ORDERS, as the server describes it. */
export async function consumersOf(lab: Lab): Promise<readonly ConsumerState[]> {
  return (await lab.streams()).find(({ name }) => name === "ORDERS")?.consumers ?? [];
}

/** The consumer that counts: `payments`, or whatever there is in its place. */
export async function ordersConsumer(lab: Lab): Promise<ConsumerState | undefined> {
  const all = await consumersOf(lab);
  return all.find(({ name }) => name === "payments") ?? all.at(-1);
}

/** Throws `NotYet` at the first setting of the contract that the worker's consumer does not have, and notes which. */
export async function asAgreed(lab: Lab, worker: Handle): Promise<void> {
  const config = (await ordersConsumer(lab))?.config ?? {};
  const wrong = settings(Number(worker.env.ACK_WAIT_MS)).find(({ holds }) => !holds(config));
  if (!wrong) return;
  lab.note("setting", wrong.name);
  lab.note("has", wrong.shown(config));
  expect(false, { expected: `a consumer with ${wrong.name} ${wrong.wanted}`, seen: `it has ${wrong.name} ${wrong.shown(config)}`, timeline: worker.events({ kind: "pull" }).slice(0, 1) });
}

function settings(ackWaitMs: number): Setting[] {
  return [
    { name: "ack_policy", wanted: '"explicit"', holds: (config) => config.ack_policy === "explicit", shown: (config) => JSON.stringify(config.ack_policy) },
    { name: "ack_wait", wanted: duration(ackWaitMs * NS), holds: (config) => config.ack_wait === ackWaitMs * NS, shown: (config) => duration(Number(config.ack_wait)) },
    { name: "deliver_policy", wanted: '"all"', holds: (config) => config.deliver_policy === "all", shown: (config) => JSON.stringify(config.deliver_policy) },
    { name: "filter_subject", wanted: '"orders.placed.>"', holds: (config) => onlyPlaced(patterns(config)), shown: (config) => JSON.stringify(patterns(config).join(", ")) },
  ];
}

function patterns(config: Record<string, unknown>): string[] {
  return [config.filter_subject, ...((config.filter_subjects as unknown[] | undefined) ?? [])].filter((pattern) => typeof pattern === "string");
}

/** Whatever the pattern is called: it takes orders that are placed, and no others. */
function onlyPlaced(filters: string[]): boolean {
  return filters.some((filter) => covers(filter, "orders.placed.eu.1001")) && !filters.some((filter) => covers(filter, "orders.paid.eu.1001"));
}

/** `2000 ns, which is 0.002 ms`, `30 s`. */
function duration(ns: number): string {
  return ns < NS ? `${ns} ns, which is ${ns / NS} ms` : `${ns / NS / 1_000} s`;
}
