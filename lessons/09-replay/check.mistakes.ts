import { diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import { unacked } from "./check.diagnoses.ts";

diagnose("uses-the-live-consumer", (e) => e.scene.some((event) => event.kind === "pull" && event.consumer === "payments" && isOurs(event.program)));

diagnose("takes-the-new-for-history", (e) => e.facts["goes on"] === true || Number(e.facts.heard ?? 0) > there(e) || sumsDiffer(e, (got, wanted) => got > wanted));

diagnose("closes-what-nobody-reads", (e) => e.facts.still === true && e.scene.some((event) => event.kind === "unsubscribe" && event.program === e.facts.program && event.subject?.startsWith("_INBOX.") && event.note === undefined));

diagnose("waits-for-its-acks", (e) => e.facts.still === true && unacked(e) > 0);

diagnose("none-of-its-kind", (e) => e.facts.still === true && e.facts.others !== undefined);

diagnose("never-ends", (e) => e.facts.still === true);

diagnose("a-gap-is-no-end", (e) => e.facts.still === false && (e.facts["last words"] !== undefined || readLess(e)));

diagnose("asks-for-a-puback", (e) => playsWithAnAnswer(e));

diagnose("stops-after-first-batch", (e) => Number(e.facts.read ?? 0) > 0 && readLess(e));

diagnose("exits-without-drain", (e) => e.facts.read === e.facts.there && there(e) > 0 && (Number(e.facts.heard ?? Infinity) < there(e) || saysLess(e)));

diagnose("counts-twice", (e) => e.facts.run === "the second run" && compares(e, (got, wanted) => got === 2 * wanted));

diagnose("float-money", (e) => /[.e]/.test(String(e.facts.value ?? "")));

diagnose("wrong-clock", (e) => (e.check === "since" ? e.facts.chosen === "by the body" : keysOf(e).some((key) => key.startsWith(new Date().toISOString().slice(0, 8)))));

diagnose("day-of-this-clock", (e) => total(e.facts.bucket) === total(e.facts.truth) && total(e.facts.truth) > 0);

diagnose("ignores-since", (e) => Number(e.facts.heard ?? 0) > there(e));

diagnose("leaves-consumer-on-error", (e) => e.facts.torn === true && e.facts.left !== undefined);

diagnose("leaves-consumer", (e) => e.facts.left !== undefined);

diagnose("counts-every-event", (e) => compares(e, (got, wanted) => got > wanted));

diagnose("changes-the-event", (e) => e.facts.changed === true);

function isOurs(program: string | undefined): boolean {
  const role = program?.split("#")[0];
  return role === "revenue" || role === "replay";
}

function there(e: Evidence): number {
  return Number(e.facts.there ?? 0);
}

function readLess(e: Evidence): boolean {
  return Number(e.facts.read ?? 0) < there(e);
}

/** A PubAck was asked for under `again.`, which no stream keeps. */
function playsWithAnAnswer(e: Evidence): boolean {
  return e.scene.some((event) => event.kind === "publish" && event.reply !== undefined && event.subject?.startsWith("again.") === true && isOurs(event.program));
}

/** A key of the truth is missing in the bucket, and those that are there are no greater. */
function saysLess(e: Evidence): boolean {
  const truth = sums(e.facts.truth);
  const bucket = sums(e.facts.bucket);
  const keys = Object.keys(truth);
  return keys.some((key) => bucket[key] === undefined) && Object.keys(bucket).every((key) => bucket[key] === truth[key]);
}

function compares(e: Evidence, says: (got: number, wanted: number) => boolean): boolean {
  const truth = sums(e.facts.truth);
  const bucket = sums(e.facts.bucket);
  const keys = Object.keys(truth).filter((key) => bucket[key] !== undefined);
  return keys.length > 0 && keys.every((key) => says(Number(bucket[key]), Number(truth[key])));
}

/** Some sums differ, and all that do in this way. */
function sumsDiffer(e: Evidence, how: (got: number, wanted: number) => boolean): boolean {
  const truth = sums(e.facts.truth);
  const bucket = sums(e.facts.bucket);
  const differ = Object.keys(bucket).filter((key) => bucket[key] !== truth[key]);
  return differ.length > 0 && differ.every((key) => how(Number(bucket[key]), Number(truth[key] ?? 0)));
}

function sums(fact: unknown): Record<string, string> {
  return (fact ?? {}) as Record<string, string>;
}

function total(fact: unknown): number {
  return Object.values(sums(fact)).reduce((sum, cents) => sum + Number(cents), 0);
}

function keysOf(e: Evidence): string[] {
  return Object.keys(sums(e.facts.bucket));
}
