import type { Evidence, ProgramEvidence } from "#engine/lessons/evidence.ts";
import { covers } from "#engine/lab/subjects.ts";
import { WHO, type Oddity, type Step } from "./check.pipeline.ts";

/** What lesson.ts sets for every copy, unless a check says otherwise. */
export const CONCURRENCY = 8;

/** What the checks note for the diagnoses. Each is there only where the check that failed has noted it. */
export interface Facts {
  /** The order that got no further, and the step it lacks. */
  stuck: { orderId: string; missing: Step };
  odd: Oddity;
  /** A step that was taken too early, and the one that had not answered. */
  early: Step;
  held: Step;
  /** A step that must not follow, and one that must. */
  wrongly: Step;
  unsaid: Step;
  /** Where the correlation id is not, and what is there instead. */
  lost: { where: Step | "answer"; got?: string; another?: boolean; headers?: string[] };
  /** The most calls one copy had in flight, how many it may have, whose copy, and how many orders there were. */
  peak: number;
  most: number;
  role: string;
  orders: number;
  /** How many charges were in flight beside a slow one. */
  beside: number;
  /** The call that got an error, and the program went on. */
  failed: Step;
  group: { role: string; queue: string };
  /** How many cards were charged of which nobody was told. */
  charges: number;
}

export function factsOf(e: Evidence): Facts {
  return e.facts as unknown as Facts;
}

/** Why an order got no further, as far as the wire shows it. */
export function whyStuck(e: Evidence): string {
  const { missing, orderId } = factsOf(e).stuck;
  const who = WHO[missing];
  const about = e.scene.filter((event) => event.program?.startsWith(who) && event.subject?.endsWith(`.${orderId}`));
  const heard = about.some(({ kind }) => kind === "deliver");
  const published = about.findLast(({ kind }) => kind === "publish");
  if (missing === "charge" || missing === "reserve") return heard ? `${who} got the event, and did not call ${missing}.` : `${who} did not get the event: compare what it subscribes to with the subject it was published on.`;
  if (missing === "ship") return `${who} has the goods, and did not call ship.`;
  return published ? `${who} published on ${published.subject}, and the contract has orders.${missing}.<region>.<orderId>.` : `${who} has done its work, and published nothing.`;
}

/** What became of a program that takes no more orders. */
export function endOf(e: Evidence, role: string): string {
  const ended = endedByItself(e, role);
  if (ended) return `${ended.name} ended with ${ended.exit?.signal ?? `exit code ${ended.exit?.code}`}`;
  return isCutOff(e, role) ? `${role} is alive, but its connection is closed` : `${role} is alive, but takes no more orders`;
}

/** A copy that has ended in the failed check, and not because the check stopped it. */
export function endedByItself(e: Evidence, role?: string): ProgramEvidence | undefined {
  const of = (program: ProgramEvidence, kind: string) => e.scene.some((event) => event.kind === kind && event.program === program.name);
  return e.programs.find((program) => (!role || program.role === role) && program.exit && program.exit.signal !== "SIGKILL" && of(program, "exit") && !of(program, "signal"));
}

/** The orders that a program got in the failed check and has made no call for, and those it has served, as it got them. */
export function heardBy(e: Evidence, role: string): { idle: string[]; served: string[]; all: string[] } {
  const called = new Set(e.sceneLedger.filter((line) => line.program.startsWith(role)).map((line) => line.orderId));
  const event = role === "payments" ? "placed" : "paid";
  const heard = e.scene.filter(({ kind, program, subject }) => kind === "deliver" && program?.startsWith(role) && covers(`orders.${event}.*.*`, subject ?? ""));
  const all = heard.map(({ subject }) => subject?.split(".")[3] ?? "").filter((id) => id !== "strange");
  return { idle: all.filter((id) => !called.has(id)), served: all.filter((id) => called.has(id)), all };
}

/** `4 orders`: those that the program got and did not begin. */
export function countOf(e: Evidence): string {
  const { length } = heardBy(e, WHO[factsOf(e).stuck.missing]).idle;
  return length === 1 ? "1 order" : `${length} orders`;
}

/** Whether a copy that still runs has lost its connection in the failed check. */
export function isCutOff(e: Evidence, role: string): boolean {
  const running = e.programs.filter((program) => program.role === role && !program.exit).map(({ name }) => name);
  return e.scene.some((event) => event.kind === "disconnect" && running.includes(event.program ?? ""));
}

export function whereLost(e: Evidence): string {
  const { where, got, another, headers = [] } = factsOf(e).lost;
  const other = headers.find((name) => name.toLowerCase() === "correlation-id");
  const what = where === "answer" ? "The answer to the customer" : /^(charge|reserve|ship)$/.test(where) ? `The call of ${where}` : `The event "${where}"`;
  if (another) return `${what} has the correlation id of another click. A variable that all orders share has the id of whichever came last: keep the id of an order inside the function that serves it.`;
  if (got) return `${what} has a correlation id, but not that of its click.`;
  return other ? `${what} has the header "${other}". NATS compares header names letter by letter, and it is called "Correlation-Id".` : `${what} has no Correlation-Id.`;
}

export function roleOfLost(e: Evidence): string {
  const { where } = factsOf(e).lost;
  return where === "answer" ? "orders-api" : WHO[where];
}

/** The name of a running copy that subscribes to orders without a queue group. */
export function plainSubscription(e: Evidence): string {
  const running = e.programs.filter(({ exit }) => !exit).map(({ name }) => name);
  return e.record.find((event) => event.kind === "subscribe" && !event.queue && event.subject?.startsWith("orders.") && running.includes(event.program ?? ""))?.program ?? "payments";
}

/** `payments` of `payments#2`. */
export function roleOf(name: string): string {
  return name.split("#")[0] ?? name;
}
