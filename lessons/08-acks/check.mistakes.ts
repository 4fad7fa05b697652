import { diagnose } from "#engine/check/register.ts";
import type { ConsumerState, Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { stillAtIt } from "./check.witness.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";

/** A worker may leave so many orders in a buffer it has not looked into. */
const LEFT_IN_BUFFER = 2;
/** An ack of its own follows a charge within this time: half the ack wait. */
const ACK_SOON_MS = 1_000;

diagnose("no-ack-policy", (e) => e.facts.setting === "ack_policy");

diagnose("milliseconds-for-nanoseconds", (e) => e.facts.setting === "ack_wait" && Number(settingOf(e, "ack_wait")) < 1e6);

diagnose("deliver-new", (e) => e.facts.setting === "deliver_policy");

diagnose("ephemeral-consumer", (e) => consumers(e).some(({ config }) => config.durable_name === undefined));

diagnose("new-consumer-each-start", (e) => consumers(e).length > 1 && consumers(e).every(({ config }) => config.durable_name !== undefined));

diagnose("changed-config-crashes", (e) => e.facts.crashed === true);

diagnose("delivers-once", (e) => consumers(e).some(({ config }) => config.max_deliver === 1));

diagnose("other-settings", (e) => e.facts.setting === "filter_subject" || e.facts.setting === "durable_name" || (e.facts.setting === "ack_wait" && Number(settingOf(e, "ack_wait")) >= 1e6));

diagnose("ack-before-work", (e) => acks(e).some((ack) => !answered(e).some((call) => isFor(ack, call.orderId) && call.ended! < ack.t)));

diagnose("forgets-ack", (e) => acks(e).length === 0 && answered(e).some((call) => call.status === 200));

diagnose("handler-throws", (e) => {
  const failed = answered(e).find((call) => call.status === 503);
  if (!failed) return false;
  const last = e.programs.at(-1);
  return last?.exit !== undefined || !e.sceneLedger.some((call) => call.t > failed.ended!);
});

diagnose("acks-the-failed", (e) => settled(e).some((event) => isFor(event, e.facts.failed as string) && !answered(e).some((call) => call.effect && isFor(event, call.orderId) && call.ended! < event.t)));

diagnose("says-working-for-ever", (e) => stillAtIt(e, e.sceneLedger, e.facts.failed));

diagnose("acks-with-the-others", (e) => {
  const again = new Set(e.scene.filter((event) => event.kind === "deliver" && (event.deliveries ?? 1) > 1).map(orderOf));
  return answered(e).some((call) => call.effect && call.orderId !== e.facts.failed && again.has(call.orderId) && !acks(e).some((ack) => isFor(ack, call.orderId) && ack.t < call.ended! + ACK_SOON_MS));
});

diagnose("no-signal-handler", (e) => leaving(e)?.exit?.signal === "SIGTERM");

diagnose("never-exits", (e) => leaving(e) !== undefined && leaving(e)?.exit === undefined);

diagnose("ack-then-exit", (e) => neverAcked(e).some((call) => !goneBefore(e, call)));

diagnose("drains-the-connection", (e) => leaving(e)?.exit?.signal !== "SIGTERM" && neverAcked(e).some((call) => goneBefore(e, call)));

diagnose("breaks-out-of-loop", (e) => {
  const begun = new Set(e.sceneLedger.map((call) => call.orderId));
  const given = new Set(e.scene.filter((event) => isLeaving(e, event) && event.kind === "deliver" && event.sequence !== undefined).map(orderOf));
  const back = new Set(e.scene.filter((event) => isLeaving(e, event) && SETTLES.has(event.kind)).map(orderOf));
  return neverAcked(e).length === 0 && [...given].filter((id) => !begun.has(id) && !back.has(id)).length > LEFT_IN_BUFFER;
});

diagnose("no-working-signal", (e) => cameAgain(e) && !says(e, "progress"));

diagnose("working-too-seldom", (e) => cameAgain(e) && says(e, "progress"));

function consumers(e: Evidence): readonly ConsumerState[] {
  return e.streams.find(({ name }) => name === "ORDERS")?.consumers ?? [];
}

function settingOf(e: Evidence, name: string): unknown {
  return (consumers(e).find((consumer) => consumer.name === "payments") ?? consumers(e).at(-1))?.config[name];
}

const SETTLES = new Set<FlightEvent["kind"]>(["ack", "nak", "term"]);

function acks(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => event.kind === "ack");
}

/** Where a worker said that an order is over, one way or the other. */
function settled(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => event.kind === "ack" || event.kind === "term");
}

/** Charges that the provider has answered. */
function answered(e: Evidence): LedgerLine[] {
  return e.sceneLedger.filter((call) => call.service === "charge" && call.status !== undefined && call.ended !== undefined);
}

/** Cards that the leaving worker has charged without an ack for the order. */
function neverAcked(e: Evidence): LedgerLine[] {
  return e.sceneLedger.filter((call) => call.program === e.facts.leaving && call.effect && !acks(e).some((ack) => isFor(ack, call.orderId)));
}

/** Whether the connection was closed when the charge was answered, or the worker gone. */
function goneBefore(e: Evidence, call: LedgerLine): boolean {
  return call.aborted || e.scene.some((event) => isLeaving(e, event) && event.kind === "disconnect" && event.t < (call.ended ?? Infinity));
}

function leaving(e: Evidence) {
  return e.programs.find((program) => program.name === e.facts.leaving);
}

function isLeaving(e: Evidence, event: FlightEvent): boolean {
  return event.program === e.facts.leaving && event.life === 1;
}

function cameAgain(e: Evidence): boolean {
  return e.scene.some((event) => event.kind === "deliver" && (event.deliveries ?? 1) > 1);
}

function says(e: Evidence, kind: FlightEvent["kind"]): boolean {
  return e.scene.some((event) => event.kind === kind && event.program?.startsWith("worker"));
}

function isFor(event: FlightEvent, orderId: string | undefined): boolean {
  return orderId !== undefined && orderOf(event) === orderId;
}

function orderOf(event: FlightEvent): string | undefined {
  return event.subject?.split(".")[3];
}
