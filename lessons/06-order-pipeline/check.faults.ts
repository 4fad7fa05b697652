import { diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { covers } from "#engine/lab/subjects.ts";
import { factsOf, isCutOff, type Facts } from "./check.words.ts";

diagnose("no-queue-group", (e) => subscriptions(e).some((sub) => !sub.queue));
diagnose("group-name-differs", (e) => subscriptions(e).every((sub) => sub.queue) && e.facts.group !== undefined);
diagnose("wrong-event", (e) => e.facts.odd !== undefined);
diagnose("paid-before-charged", (e) => e.facts.early === "paid");
diagnose("steps-overlap", (e) => e.facts.early !== undefined && e.facts.early !== "paid");
diagnose("ships-declined", (e) => e.facts.wrongly !== undefined);
diagnose("decline-unsaid", (e) => e.facts.unsaid === "declined");
diagnose("guesses-the-outcome", (e) => e.facts.wrongly !== undefined);
diagnose("loses-correlation", (e) => e.facts.lost !== undefined);
diagnose("serial", (e) => e.facts.peak === 1);
diagnose("too-few", (e) => peak(e) > 1);
diagnose("unbounded", (e) => peak(e) >= Number(e.facts.orders));
diagnose("one-too-many", (e) => peak(e) === Number(e.facts.most) + 1 && peak(e) < Number(e.facts.orders));
diagnose("ignores-concurrency", (e) => e.facts.peak !== undefined && peak(e) < Number(e.facts.orders));
diagnose("leaves-too-early", (e) => e.facts.charges !== undefined);
diagnose("one-error-stops-all", (e) => stuck(e) !== undefined && others(e) && (withErrors(e) || gone(e)));
diagnose("stops-halfway", (e) => stuck(e) !== undefined && !others(e));

function stuck(e: Evidence): Facts["stuck"] | undefined {
  return factsOf(e).stuck;
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
  const ended = e.programs.some(({ exit }) => exit && exit.signal !== "SIGKILL");
  return ended || ["orders-api", "payments", "fulfilment"].some((role) => isCutOff(e, role));
}

function peak(e: Evidence): number {
  return Number(e.facts.peak);
}

/** How the copies that took part in the failed check hear of orders. */
function subscriptions(e: Evidence): FlightEvent[] {
  const running = e.programs.filter(({ exit }) => !exit).map(({ name }) => name);
  return e.record.filter((event) => event.kind === "subscribe" && event.subject?.startsWith("orders.") && running.includes(event.program ?? ""));
}
