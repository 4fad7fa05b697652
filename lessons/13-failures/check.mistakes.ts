import { diagnose } from "#engine/check/register.ts";
import type { Evidence, ProgramEvidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import { tries, type Wanted } from "./check.words.ts";

/** No check of this lesson asks for a delay anywhere near a minute and a half. */
const HOPELESS_MS = 90_000;

type Parked = Pick<Wanted, "subject" | "orderId" | "reason">;

diagnose("poison-kills-the-worker", (e) => last(e, "worker")?.exit?.signal === null);
diagnose("delay-in-nanoseconds", (e) => byWorker(e, "nak").some(({ delay = 0 }) => delay > HOPELESS_MS));
diagnose("dead-letter-loop", (e) => byWorker(e, "publish").some(({ subject }) => subject?.startsWith("orders.")));
diagnose("holds-without-a-word", (e) => e.check === "backs-off" && byWorker(e, "nak").length > 0 && takenFromBusy(e));
diagnose("nak-ignores-backoff", (e) => plainNaks(e) && backoff(e));
diagnose("instant-nak", (e) => plainNaks(e) && !backoff(e));
diagnose("parks-the-transient", (e) => e.facts.extra !== undefined);
diagnose("waits-too-little", (e) => calls(e).length > 1 && list(e, "left").length === 0);
diagnose("retries-the-hopeless", (e) => parked(e).some(({ subject, orderId }) => !isDead(e, subject) && (tries(calls(e), orderId).length > 1 || (orderId === undefined && deliveries(e, subject) > 1))));
diagnose("retries-forever", (e) => parked(e).some(({ orderId }) => tries(calls(e), orderId).length > 3) || Number(e.facts.kills) > 3 || (e.facts.kills === 3 && calls(e).some((call) => call.ended === undefined)));
diagnose("counts-in-memory", (e) => e.facts.copies === 2 && parked(e).some(({ subject }) => isLeft(e, subject) && !isDead(e, subject)));
diagnose("forgets-the-exhausted", (e) => parked(e).some(({ subject }) => isLeft(e, subject) && !isDead(e, subject)));
diagnose("loses-the-payload", (e) => e.facts.fault === "payload" || e.facts.fault === "headers");
diagnose("says-too-little", (e) => ["reason", "attempts", "origin"].includes(String(e.facts.fault)));
diagnose("term-before-parked", (e) => e.facts.lost === true);
diagnose("keeps-the-dead", (e) => (e.check === "dead-letter-first" ? e.facts.lost === false : parked(e).some(({ subject }) => isLeft(e, subject) && isDead(e, subject))));
diagnose("drops-the-order", (e) => dropped(e));
diagnose("no-pull-no-advisory", (e) => Number(e.facts.kills) > 0 && list(e, "letters").length === 0 && last(e, "worker")?.exit === undefined && consumer(e)?.num_waiting === 0);
diagnose("hears-no-advisory", (e) => Number(e.facts.kills) >= 3 && !e.scene.some(({ kind, program, subject }) => kind === "deliver" && program === "dead-letters" && subject?.startsWith("$JS.EVENT.ADVISORY")));

// Putting back.

diagnose("redrive-swallowed", (e) => e.scene.some(({ kind, program, note }) => kind === "puback" && program === "redrive" && note === "duplicate"));
diagnose("removes-before-stored", (e) => e.facts.step === "full" && Number(e.facts.stayed ?? 3) < 3);
diagnose("claims-success", (e) => e.facts.step === "full" && e.facts.stayed === 3 && last(e, "redrive")?.exit?.code === 0);
diagnose("keeps-the-letters", (e) => Number(e.facts.kept) > 0);
diagnose("redrive-loops", (e) => Number(e.facts.again) > 1);
diagnose("redrive-never-ends", (e) => last(e, "redrive") !== undefined && last(e, "redrive")?.exit === undefined);

function calls(e: Evidence): LedgerLine[] {
  return e.sceneLedger.filter(({ service }) => service === "charge");
}

function byWorker(e: Evidence, kind: FlightEvent["kind"]): FlightEvent[] {
  return e.scene.filter((event) => event.kind === kind && event.program?.startsWith("worker") === true);
}

/** An order was given to another copy before the one that had it said a word: its ack wait was over. */
function takenFromBusy(e: Evidence): boolean {
  const given = byWorker(e, "deliver");
  const said = ["ack", "nak", "term"].flatMap((kind) => byWorker(e, kind as FlightEvent["kind"]));
  return given.some((one) => {
    const next = given.find((other) => other.subject === one.subject && other.t > one.t);
    return next !== undefined && next.program !== one.program && !said.some((word) => word.program === one.program && word.subject === one.subject && word.t > one.t && word.t < next.t);
  });
}

function plainNaks(e: Evidence): boolean {
  return byWorker(e, "nak").some(({ delay }) => !delay);
}

function consumer(e: Evidence) {
  return e.streams.find(({ name }) => name === "WORK")?.consumers.find(({ name }) => name === "payments");
}

function backoff(e: Evidence): boolean {
  return ((consumer(e)?.config.backoff as unknown[] | undefined) ?? []).length > 0;
}

function last(e: Evidence, role: string): ProgramEvidence | undefined {
  return e.programs.findLast((program) => program.role === role);
}

function list(e: Evidence, name: string): string[] {
  return (e.facts[name] ?? []) as string[];
}

/** What the check wants to see in DEAD at its end. */
function parked(e: Evidence): Parked[] {
  return (e.facts.parked ?? []) as Parked[];
}

function isLeft(e: Evidence, subject: string): boolean {
  return list(e, "left").includes(subject);
}

function isDead(e: Evidence, subject: string): boolean {
  return list(e, "letters").includes(`dead.${subject}`);
}

function deliveries(e: Evidence, subject: string): number {
  return byWorker(e, "deliver").filter((event) => event.subject === subject).length;
}

/** A message is in no stream any more, and its card is not charged. */
function dropped(e: Evidence): boolean {
  if (e.facts.left === undefined) return false;
  const gone = parked(e).some(({ subject }) => !isLeft(e, subject) && !isDead(e, subject));
  const left = list(e, "left").map((subject) => subject.split(".").at(-1));
  return gone || list(e, "charged").some((orderId) => !left.includes(orderId) && !tries(calls(e), orderId).some(({ effect }) => effect));
}
