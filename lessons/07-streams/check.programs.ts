import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { writeData } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import type { Fault } from "#engine/tap/tap.ts";
import { storyOf } from "./check.stories.ts";

/** The contract gives a producer 30 s, its retries included; a hung one is ended after these milliseconds. */
export const PRODUCER_MS = 35_000;

/** A program that has done its work and is still there when nothing has moved for this long (ms) does not end. */
export const IDLE_MS = 2_000;

/** Runs setup to its end, which has to be a good one. `why` says what it found. */
export async function setUp(lab: Lab, { maxMsgs, why }: { maxMsgs: number; why: string }): Promise<void> {
  lab.note("runs", Number(lab.facts.runs ?? 0) + 1);
  const setup = await again(lab, "setup", { MAX_MSGS: String(maxMsgs) });
  await setup.exited({ idle: IDLE_MS });
  mustEnd(setup, { code: 0, why: `MAX_MSGS was ${maxMsgs}, and ${why}` });
}

/** Starts the producer. Where all is to go well it may wait 20 s for a PubAck, so that no slow machine fails it. */
export async function produce(lab: Lab, orders: OrderEvent[], { timeoutMs = 20_000 } = {}): Promise<Handle> {
  lab.note("subjects", orders.map((order) => subjectOf(order)));
  const file = await writeData(lab, "orders.json", orders);
  return again(lab, "producer", { ORDERS_FILE: file, PUBLISH_TIMEOUT_MS: String(timeoutMs) });
}

/** Runs the producer where it cannot store every order: it has to say so. */
export async function mustReport(lab: Lab, orders: OrderEvent[], trouble: string): Promise<void> {
  lab.note("trouble", trouble);
  const producer = await produce(lab, orders, { timeoutMs: 500 });
  await producer.exited({ within: PRODUCER_MS });
  mustEnd(producer, { code: 1, why: trouble });
}

/** The PubAck of one order, kept back by the tap. */
export interface HeldAck {
  order: OrderEvent;
  fault: Fault;
}

/** Keeps the PubAck of one order back. Throws `NotJudged` without the tap. */
export function holdAck(lab: Lab, order: OrderEvent): HeldAck {
  return { order, fault: lab.wire.hold("puback", { subject: subjectOf(order) }) };
}

/** Throws `NotYet` unless the producer has asked for this PubAck, and is still there when nothing moves any more. */
export async function mustWaitFor(lab: Lab, producer: Handle, { order, fault }: HeldAck): Promise<void> {
  const expected = `producer to publish on ${subjectOf(order)} and to wait for the PubAck`;
  const notAsked = "it is still running, and has published no such message that asks for one";
  const timeline = () => storyOf(producer);
  await lab.until(() => fault.hits > 0 || !producer.running, { holding: true, expected, seen: () => notAsked, timeline });
  await lab.settled({ holding: true });
  const where = fault.hits > 0 ? "the PubAck was still on its way" : "no such message had asked for one";
  expect(producer.running, () => ({ expected, seen: `it ended with exit code ${producer.program.exit?.code}, and ${where}`, timeline: timeline() }));
}

/** Throws `NotYet` unless the program has ended with this code. */
export function mustEnd(program: Handle, { code, why }: { code: number; why: string }): void {
  const { exit } = program.program;
  const seen = exit?.signal ? `it was ended by ${exit.signal}` : `it ended with exit code ${exit?.code}`;
  expect(exit?.code === code, () => ({ expected: `${program.name} to end with exit code ${code}: ${why}`, seen, timeline: storyOf(program) }));
}

/** The next life of a program that ends by itself, so that it keeps its name. */
async function again(lab: Lab, role: string, env: Record<string, string>): Promise<Handle> {
  lab.note("role", role);
  return lab.again(role, { env });
}
