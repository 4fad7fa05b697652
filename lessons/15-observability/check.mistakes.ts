import { diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

diagnose("not-the-format", (e) => e.facts.refused !== undefined);

diagnose("old-states-stay", (e) => said(e).length > 1);

diagnose("first-time-is-no-loop", (e) => e.facts.wanted === "healthy" && says(e, "redelivering"));

diagnose("stalled-when-idle", (e) => e.facts.working === undefined && e.facts.wanted === "healthy" && says(e, "stalled", "lagging"));

diagnose("lag-before-stall", (e) => e.facts.many === true && says(e, "lagging"));

diagnose("lag-unseen", (e) => e.facts.wanted === "lagging" && says(e, "healthy"));

diagnose("forgets-the-unacked", (e) => e.facts.inHand === true && says(e, "healthy", "lagging"));

diagnose("lag-only", (e) => says(e, "healthy", "lagging") && (e.facts.wanted === "stalled" || e.facts.wanted === "redelivering"));

diagnose("compares-with-the-first", (e) => e.facts.anotherTells === true && says(e, "redelivering"));

diagnose("redelivered-is-no-loop", (e) => e.facts.wanted === "stalled" && says(e, "redelivering"));

diagnose("acks-are-movement", (e) => e.facts.finishing === true && says(e, "stalled"));

diagnose("counts-are-no-movement", (e) => e.facts.floorTells === false && says(e, "stalled"));

diagnose("loop-taken-for-stall", (e) => (e.facts.wanted === "redelivering" || e.facts.working === true) && says(e, "stalled"));

diagnose("mixes-up-the-numbers", (e) => e.facts.values !== undefined && e.facts.healthz === undefined);

diagnose("gone-with-the-server", (e) => e.facts.ended === true);

diagnose("healthz-means-alive", (e) => e.facts.healthz === 200);

diagnose("wakes-for-a-lag", (e) => e.facts.healthz !== 200 && e.facts.when === "lagging");

diagnose("one-parent-for-a-batch", (e) => mistaken(e, "trace", "shared") && Number(e.facts.shared) > 1);

diagnose("trace-breaks", (e) => mistaken(e, "trace"));

diagnose("copies-the-span", (e) => mistaken(e, "span"));

diagnose("one-span-for-two", (e) => mistaken(e, "step"));

diagnose("loses-correlation", (e) => mistaken(e, "correlation"));

diagnose("milliseconds-for-seconds", (e) => Number(e.facts.sum) >= 100);

diagnose("forgets-the-failed", (e) => Number(e.facts.count) === 5 || Number(e.facts.count) === 7);

diagnose("forgets-the-returned", (e) => Number(e.facts.count) === 8);

diagnose("stops-the-clock-early", (e) => Number(e.facts.count) === 10 && Number(e.facts.sum) < 0.4);

diagnose("polls-per-message", (e) => e.facts.questions !== undefined);

function said(e: Evidence): string[] {
  return (e.facts.said as string[] | undefined) ?? [];
}

/** Its one word, and the failure was about that: a later question to `/healthz` is another matter. */
function says(e: Evidence, ...states: string[]): boolean {
  return e.facts.healthz === undefined && said(e).length === 1 && states.includes(said(e)[0] ?? "") && said(e)[0] !== e.facts.wanted;
}

function mistaken(e: Evidence, ...kinds: string[]): boolean {
  return kinds.includes(String(e.facts.mistake));
}
