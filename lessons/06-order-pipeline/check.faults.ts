import { diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { covers } from "#engine/lab/subjects.ts";
import { WHO } from "./check.pipeline.ts";
import { CONCURRENCY, endedByItself, factsOf, heardBy, isCutOff, type Facts } from "./check.words.ts";

diagnose("no-queue-group", (e) => subscriptions(e).some((sub) => !sub.queue));
diagnose("group-name-differs", (e) => subscriptions(e).every((sub) => sub.queue) && e.facts.group !== undefined);
diagnose("wrong-event", (e) => e.facts.odd !== undefined);
diagnose("paid-before-charged", (e) => e.facts.early === "paid");
diagnose("steps-overlap", (e) => e.facts.early !== undefined && e.facts.early !== "paid");
diagnose("ships-declined", (e) => e.facts.wrongly !== undefined);
diagnose("decline-unsaid", (e) => e.facts.unsaid === "declined");
diagnose("goes-on-after-failure", (e) => e.facts.wrongly !== undefined && e.facts.failed !== undefined);
diagnose("guesses-the-outcome", (e) => e.facts.wrongly !== undefined);
diagnose("loses-correlation", (e) => e.facts.lost !== undefined);
diagnose("slow-one-stops-all", (e) => e.facts.beside !== undefined);
diagnose("serial", (e) => e.facts.peak === 1);
diagnose("too-few", (e) => peak(e) > 1);
diagnose("unbounded", (e) => peak(e) >= Number(e.facts.orders));
diagnose("one-too-many", (e) => peak(e) === Number(e.facts.most) + 1 && peak(e) < Number(e.facts.orders));
diagnose("ignores-concurrency", (e) => e.facts.peak !== undefined && peak(e) < Number(e.facts.orders));
diagnose("limit-ends-with-failure", (e) => peak(e) > Number(e.facts.most));
diagnose("leaves-too-early", (e) => e.facts.charges !== undefined);
diagnose("place-not-given-back", (e) => idle(e).length > 0 && e.check === "one-bad-order");
diagnose("waits-for-a-full-batch", (e) => idle(e).length > 0 && !withErrors(e) && isRest(e));
diagnose("forgets-what-waits", (e) => idle(e).length > 0 && !withErrors(e));
diagnose("one-error-stops-all", (e) => stuck(e) !== undefined && others(e) && (withErrors(e) || gone(e)));
diagnose("stops-halfway", (e) => stuck(e) !== undefined && !others(e));

function stuck(e: Evidence): Facts["stuck"] | undefined {
  return factsOf(e).stuck;
}

/** The orders that a program got and did nothing about, though it runs, is connected, hears orders and has served some. */
function idle(e: Evidence): string[] {
  const missing = stuck(e)?.missing;
  if (missing !== "charge" && missing !== "reserve") return [];
  const heard = heardBy(e, WHO[missing]);
  return heard.served.length > 0 && !gone(e) && !hasLeft(e, WHO[missing]) ? heard.idle : [];
}

/** Whether a program has given its subscription up in the failed check. */
function hasLeft(e: Evidence, role: string): boolean {
  return e.scene.some((event) => event.kind === "unsubscribe" && event.program?.startsWith(role));
}

/** Whether the idle orders are the last ones, and fewer than one batch: whole batches were served. */
function isRest(e: Evidence): boolean {
  const { idle: rest, served, all } = heardBy(e, WHO[factsOf(e).stuck.missing]);
  return rest.length < CONCURRENCY && served.length % CONCURRENCY === 0 && all.slice(-rest.length).every((id) => rest.includes(id));
}

/** Whether the step that one order lacks was taken for others: then it is not the step that is missing. */
function others(e: Evidence): boolean {
  const missing = stuck(e)?.missing;
  const said = (event: FlightEvent) => event.kind === "publish" && covers(`orders.${missing}.*.*`, event.subject ?? "");
  return e.sceneLedger.some((line) => line.effect && line.service === missing) || e.scene.some(said);
}

/** Whether the check has sent errors on purpose: then what is stuck is stuck because of them. */
function withErrors(e: Evidence): boolean {
  return e.check === "declined-never-ships" || e.check === "one-bad-order";
}

/** Whether a program has ended by itself, or lost its connection. */
function gone(e: Evidence): boolean {
  return endedByItself(e) !== undefined || ["orders-api", "payments", "fulfilment"].some((role) => isCutOff(e, role));
}

function peak(e: Evidence): number {
  return Number(e.facts.peak);
}

/** How the copies that took part in the failed check hear of orders. */
function subscriptions(e: Evidence): FlightEvent[] {
  const running = e.programs.filter(({ exit }) => !exit).map(({ name }) => name);
  return e.record.filter((event) => event.kind === "subscribe" && event.subject?.startsWith("orders.") && running.includes(event.program ?? ""));
}
