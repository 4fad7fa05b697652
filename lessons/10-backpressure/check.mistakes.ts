import { diagnose } from "#engine/check/register.ts";
import type { ConsumerState, Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { inHand } from "./check.peaks.ts";

diagnose("other-ack-wait", (e) => e.facts.again !== undefined && consumer(e) !== undefined && consumer(e)?.config.ack_wait !== Number(e.facts.ackWaitMs) * 1e6);

diagnose("stalls-on-ack-pending", (e) => {
  const state = consumer(e);
  return state !== undefined && state.num_pending > 0 && state.num_ack_pending >= Number(state.config.max_ack_pending) && !e.sceneLedger.some((call) => call.ended === undefined);
});

diagnose("gives-back-when-busy", (e) => !e.facts.refused && ofWorker(e, "nak").length > 0);

diagnose("one-too-many", (e) => Number(e.facts.refused) > 0 && Number(e.facts.peak) === Number(e.facts.limit) + 1);

diagnose("max-messages-is-not-concurrency", (e) => Number(e.facts.refused) > 0 && ofWorker(e, "pull").length > 0 && ofWorker(e, "pull").every(({ batch }) => Number(batch) <= Number(e.facts.limit)));

diagnose("no-limit", (e) => Number(e.facts.refused) > 0);

diagnose("forgets-ack", (e) => e.wire && ofWorker(e, "ack").length === 0 && e.sceneLedger.some(({ effect }) => effect));

diagnose("prefetch-outlives-ack-wait", (e) => e.facts.again !== undefined && inHand(e.scene) > 4 * Number(e.facts.limit));

diagnose("limit-by-heart", (e) => Math.max(...open(e)) > Number(e.facts.limit));

diagnose("one-at-a-time", (e) => Math.max(...open(e)) === 1);

diagnose("waits-for-the-slowest", (e) => Math.max(...open(e)) >= 0.7 * Number(e.facts.limit));

diagnose("too-few", (e) => open(e).length > 0);

diagnose("ends-by-itself", (e) => e.facts.role === "worker" && Number(last(e)?.exit?.code) > 0);

diagnose("takes-too-much", (e) => Number(e.facts.inHand) > 4 * Number(e.facts.limit));

diagnose("no-signal-handler", (e) => last(e)?.exit?.signal === "SIGTERM");

diagnose("leaves-too-early", (e) => Number(e.facts.unsaid) > 0 && last(e)?.exit !== undefined);

diagnose("no-pubacks", (e) => Number(e.facts.unasked) > 0);

diagnose("not-awaited", (e) => e.facts.early === true);

diagnose("unbounded-publish", (e) => Number(e.facts.onTheWay) > 0);

diagnose("drops-on-full", (e) => last(e)?.exit?.code === 0 && e.facts.again === undefined);

diagnose("gives-up-on-full", (e) => Number(last(e)?.exit?.code) > 0);

diagnose("hammers", (e) => e.facts.soon === true);

diagnose("stores-twice", (e) => e.facts.again !== undefined);

diagnose("never-exits", (e) => last(e) !== undefined && last(e)?.exit === undefined);

function consumer(e: Evidence): ConsumerState | undefined {
  return e.streams.find(({ name }) => name === "WORK")?.consumers[0];
}

function ofWorker(e: Evidence, kind: FlightEvent["kind"]): FlightEvent[] {
  return e.scene.filter((event) => event.kind === kind && event.program === "worker");
}

/** The program that the check was about, in its present life. */
function last(e: Evidence) {
  return e.programs.findLast(({ role }) => role === e.facts.role);
}

/** How many charges were under way at each look of `near-the-limit`. */
function open(e: Evidence): number[] {
  return (e.facts.open as number[] | undefined) ?? [];
}
