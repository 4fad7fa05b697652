import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import type { Stored } from "#engine/lab/streams.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";
import type { FlightEvent } from "#engine/record/events.ts";

/** An order as it was published, with the story it brought along. */
export interface Traced {
  order: OrderEvent;
  traceparent?: string;
  correlationId?: string;
  /** The provider says 400 to it, so it has to be parked. */
  refused?: boolean;
}

/** A step of an order's story, as a witness saw it. */
interface Step {
  what: string;
  order: OrderEvent;
  traceparent: string;
  correlationId: string;
}

const FORM = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/;

/** A `traceparent` as another program would send it. */
export function traceparentOf(random: () => number): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 15 + 1).toString(16)).join("");
  return `00-${hex(32)}-${hex(16)}-01`;
}

/** Throws `NotYet` at the first step that is not in the story of its order. */
export function judgeTraces(lab: Lab, traced: Traced[], dead: Stored[]): void {
  const steps = stepsOf(lab, traced, dead);
  lab.note("shared", mostInOne(steps));
  for (const step of steps) {
    const { traceparent: came, correlationId = "" } = traced.find(({ order }) => order === step.order)!;
    const [, trace, span] = FORM.exec(step.traceparent) ?? [];
    const [, itsTrace, itsSpan] = FORM.exec(came ?? "") ?? [];
    const first = steps.find(({ order }) => order === step.order)!;
    const wanted = itsTrace ?? FORM.exec(first.traceparent)?.[1];
    const seen = `it carries ${step.traceparent || "no traceparent"}`;
    const fail = (mistake: string, expected: string, how = seen) => {
      lab.note("mistake", mistake);
      expect(false, { expected: `${step.what} for ${step.order.orderId} to carry ${expected}`, seen: how, timeline: storyOf(lab, step.order) });
    };
    if (!trace || trace !== wanted) fail("trace", wanted ? `the trace id of its order, ${wanted}` : "a traceparent of a new trace: its order came without one");
    if (span === itsSpan) fail("span", `a span id of its own: ${itsSpan} is the shop's`);
    if (step.what !== first.what && span === FORM.exec(first.traceparent)?.[2]) fail("step", `a span id of its own: ${span} is that of ${first.what}`);
    if (correlationId !== "" && step.correlationId !== correlationId) fail("correlation", `the Correlation-Id of its order, ${correlationId}`, `it carries ${step.correlationId || "none"}`);
  }
  separate(lab, steps);
  whole(lab, traced, dead);
}

/** Orders that came without a trace each begin one of their own. */
function separate(lab: Lab, steps: Step[]): void {
  const orders = new Map<string, OrderEvent>();
  for (const { order, traceparent } of steps) {
    const trace = FORM.exec(traceparent)?.[1] ?? "";
    const other = orders.get(trace) ?? order;
    if (other !== order) lab.note("mistake", "shared");
    expect(other === order, () => ({ expected: `${order.orderId} and ${other.orderId} to be two traces`, seen: `both are in ${trace}`, timeline: [...storyOf(lab, other).slice(-2), ...storyOf(lab, order).slice(-2)] }));
    orders.set(trace, order);
  }
}

/** How many orders are in the trace that has most of them. */
function mostInOne(steps: Step[]): number {
  const traces = new Map<string, Set<OrderEvent>>();
  for (const { order, traceparent } of steps) {
    const trace = FORM.exec(traceparent)?.[1];
    if (trace) traces.set(trace, (traces.get(trace) ?? new Set()).add(order));
  }
  return Math.max(0, ...[...traces.values()].map(({ size }) => size));
}

/** A dead letter is the order as it came, and says why. */
function whole(lab: Lab, traced: Traced[], dead: Stored[]): void {
  for (const { order } of traced.filter(({ refused }) => refused)) {
    const letter = dead.find(({ subject }) => subject === `dead.${subjectOf(order)}`);
    const reason = letter?.headers["Dead-Reason"]?.[0];
    expect(letter?.text === JSON.stringify(order) && reason === "refused", () => ({ expected: `${order.orderId} in DEAD, byte for byte, with Dead-Reason refused`, seen: letter ? `it says ${reason ?? "no reason"}, and its text begins ${letter.text.slice(0, 40)}` : "it is not there" }));
  }
}

function stepsOf(lab: Lab, traced: Traced[], dead: Stored[]): Step[] {
  return traced.flatMap(({ order }) => [
    ...lab.world.ledger.filter(({ orderId }) => orderId === order.orderId).map((call) => ({ what: "the charge", order, traceparent: call.traceparent ?? "", correlationId: call.correlationId ?? "" })),
    ...dead.filter(({ subject }) => subject.endsWith(`.${order.orderId}`)).map(({ headers }) => ({ what: "the dead letter", order, traceparent: headers.traceparent?.[0] ?? "", correlationId: headers["Correlation-Id"]?.[0] ?? "" })),
  ]);
}

function storyOf(lab: Lab, { orderId }: OrderEvent): FlightEvent[] {
  return sceneOf(lab).filter((event) => event.order === orderId || event.subject?.endsWith(`.${orderId}`));
}
