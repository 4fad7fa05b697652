import { diagnose } from "#engine/check/register.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import type { Evidence, ProgramEvidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import { isFor } from "./check.words.ts";

const ID_HEADER = "Nats-Msg-Id";

// The producer.

diagnose("gives-up", (e) => Number(producer(e)?.exit?.code) > 0);
diagnose("never-exits", (e) => e.facts.producing === true && producer(e) !== undefined && producer(e)?.exit === undefined);
diagnose("one-id-for-all", (e) => e.check === "ambiguous-publish" && oneIdForTwo(e));
diagnose("claims-success", (e) => e.check === "ambiguous-publish" && facts(e, "notStored").length > 0);
diagnose("id-per-order", (e) => e.facts.alike === "one" || oneIdForTwo(e) || oneKeyForTwo(e) || takenForKnown(e));
diagnose("hand-written-header", (e) => storedTwice(e).some((event) => headerNames(e, event).some((name) => name !== ID_HEADER && name.toLowerCase() === ID_HEADER.toLowerCase())));
diagnose("random-message-id", (e) => storedTwice(e).some((event) => messageIds(e, event).size > 1));
diagnose("no-message-id", (e) => storedTwice(e).some((event) => messageIds(e, event).size === 0));

// The worker.

diagnose("stops-at-an-error", (e) => e.programs.findLast(({ role }) => role === "worker")?.exit?.signal === null);
diagnose("forgets-ack", (e) => calls(e).some(({ effect }) => effect) && acks(e).length === 0);
diagnose("key-per-attempt", (e) => chargedTwice(e).some((event) => keys(e, event).size > 1));
diagnose("key-per-copy", (e) => chargedTwice(e).some((event) => keys(e, event).size > 1));
diagnose("acks-what-failed", (e) => marks(e).length === 0 && notCharged(e).some((event) => ackedAfterNo(e, event)));
diagnose("marks-before-effect", (e) => notCharged(e).length > 0 && marks(e).some((mark) => calls(e).some((call) => call.program === mark.program && call.t > mark.t)));
diagnose("at-most-once", (e) => notCharged(e).some((event) => acks(e).some((ack) => ack.subject?.split(".")[3] === event.orderId && !calls(e).some((call) => isFor(call, event) && call.effect && call.ended! < ack.t))));
diagnose("check-then-act", (e) => chargedTwice(e).length > 0 && marks(e).length > 0);
diagnose("seen-set-in-memory", (e) => chargedTwice(e).length > 0 && copied(e).length > 0 && copied(e).every((event) => !chargedTwice(e).includes(event)));
diagnose("trusts-double-ack", (e) => chargedTwice(e).length > 0 && acks(e).some((ack) => ack.reply !== undefined));
diagnose("charges-without-key", (e) => chargedTwice(e).some((event) => calls(e).some((call) => isFor(call, event) && call.key === undefined)));

/** What the events of the check look like to a diagnosis; none before the check has said so. */
function events(e: Evidence): OrderEvent[] {
  return (e.facts.events ?? []) as OrderEvent[];
}

function facts(e: Evidence, name: string): string[] {
  return (e.facts[name] ?? []) as string[];
}

function producer(e: Evidence): ProgramEvidence | undefined {
  return e.facts.producing === true ? e.programs.findLast(({ role }) => role === "producer") : undefined;
}

function storedTwice(e: Evidence): OrderEvent[] {
  return events(e).filter(({ id }) => facts(e, "storedTwice").includes(id));
}

/** What the producer published for one event: every try. */
function tries(e: Evidence, event: OrderEvent): FlightEvent[] {
  return e.scene.filter((one) => one.kind === "publish" && one.program === "producer" && one.payload?.includes(`"${event.id}"`) === true);
}

function headerNames(e: Evidence, event: OrderEvent): string[] {
  return tries(e, event).flatMap((one) => Object.keys(one.headers ?? {}));
}

function messageIds(e: Evidence, event: OrderEvent): Set<string> {
  return new Set(tries(e, event).flatMap((one) => one.headers?.[ID_HEADER] ?? []));
}

/** Two events went out under one id: the server took the second for the first. */
function oneIdForTwo(e: Evidence): boolean {
  const lost = events(e).filter(({ id }) => facts(e, "notStored").includes(id));
  return lost.some((event) => [...messageIds(e, event)].some((id) => events(e).some((other) => other !== event && messageIds(e, other).has(id))));
}

function calls(e: Evidence): LedgerLine[] {
  return e.sceneLedger.filter(({ service }) => service === "charge");
}

function keys(e: Evidence, event: OrderEvent): Set<string> {
  return new Set(calls(e).flatMap((call) => (isFor(call, event) && call.key !== undefined ? [call.key] : [])));
}

/** Two events were charged under one key: the provider took the second for the first, or refused it. */
function oneKeyForTwo(e: Evidence): boolean {
  return events(e).some((event) => [...keys(e, event)].some((key) => events(e).some((other) => other !== event && keys(e, other).has(key))));
}

/** An event was stored, and acked without a charge, while another one of its order was charged. */
function takenForKnown(e: Evidence): boolean {
  return e.check === "two-updates" && notCharged(e).some((event) => events(e).some((other) => other.id !== event.id && other.orderId === event.orderId && !notCharged(e).includes(other)));
}

function effectsOf(e: Evidence, event: OrderEvent): number {
  return calls(e).filter((call) => isFor(call, event) && call.effect).length;
}

function chargedTwice(e: Evidence): OrderEvent[] {
  return events(e).filter((event) => effectsOf(e, event) > 1);
}

function notCharged(e: Evidence): OrderEvent[] {
  return e.sceneLedger.length === 0 ? [] : events(e).filter((event) => effectsOf(e, event) === 0);
}

/** The provider said that it cannot now, and the worker acked the event after that, whenever it came. */
function ackedAfterNo(e: Evidence, event: OrderEvent): boolean {
  const no = calls(e).find((call) => isFor(call, event) && call.status === 503);
  return no !== undefined && acks(e).some((ack) => ack.subject?.split(".")[3] === event.orderId && ack.t > no.t);
}

/** Those that the stream has twice. */
function copied(e: Evidence): OrderEvent[] {
  return events(e).filter(({ id }) => facts(e, "copied").includes(id));
}

function acks(e: Evidence): FlightEvent[] {
  return e.scene.filter(({ kind }) => kind === "ack");
}

/** What a worker wrote into a KV bucket: a bucket is a stream, and its subjects begin with `$KV.`. */
function marks(e: Evidence): FlightEvent[] {
  return e.scene.filter(({ kind, subject, program }) => kind === "publish" && subject?.startsWith("$KV.") === true && program?.startsWith("worker") === true);
}
