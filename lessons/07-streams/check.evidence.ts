import type { Evidence, ProgramEvidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";

/** The errors of the JetStream API that setup may meet. That a stream is not there (10059) is an answer and no error. */
const NOT_THERE = 10059;

/** The program that the check had at work when it failed, its present life. */
export function atWork(e: Evidence): ProgramEvidence | undefined {
  return e.programs.findLast((program) => program.role === e.facts.role);
}

/** A line in which the program at work says that it failed by itself, and not at the server's word. */
export function ownError(e: Evidence): string | undefined {
  return atWork(e)?.output.find((line) => /^(TypeError|ReferenceError|RangeError|SyntaxError|Error: ENOENT)\b/.test(line));
}

/** Whether setup was at work and ended badly. */
export function setupFailed(e: Evidence): boolean {
  return e.facts.role === "setup" && atWork(e)?.exit !== undefined && atWork(e)?.exit?.code !== 0;
}

/** The last error that the server gave setup in its present life: `status` is the code, `note` the words. */
export function refusal(e: Evidence): FlightEvent | undefined {
  return ofLife(e, "setup").findLast((event) => event.kind === "deliver" && event.status !== undefined && event.status !== NOT_THERE);
}

/** The messages that the producer published in its present life; none where setup was at work. */
export function published(e: Evidence): FlightEvent[] {
  return ofProducer(e).filter((event) => event.kind === "publish");
}

/** Those of them whose subject is no order's of this check. */
export function strangers(e: Evidence): FlightEvent[] {
  const subjects = (e.facts.subjects ?? []) as string[];
  return published(e).filter((event) => !subjects.includes(event.subject ?? ""));
}

/** Those that asked for a PubAck and had no word from the server when the producer ended. */
export function unanswered(e: Evidence): FlightEvent[] {
  const answers = new Set(ofProducer(e).filter((event) => event.kind === "puback" || event.kind === "status").map((event) => event.reply));
  return published(e).filter((event) => event.reply && !answers.has(event.reply));
}

/** Orders that the producer never put on the wire, although nothing was refused and nobody asked it to end. */
export function unsent(e: Evidence): string[] {
  if (e.facts.role !== "producer" || e.facts.trouble !== undefined || refused(e).length > 0) return [];
  const sent = new Set(published(e).map((event) => event.subject));
  return ((e.facts.subjects ?? []) as string[]).filter((subject) => !sent.has(subject));
}

/** The server's word that an order is not stored: a PubAck with an error, or 503 where no stream has its subject. */
export function refused(e: Evidence): FlightEvent[] {
  return ofProducer(e).filter((event) => event.status !== undefined);
}

/** Whether every order of this check has been published, and its PubAck has come. */
export function allStored(e: Evidence): boolean {
  const subjects = (e.facts.subjects ?? []) as string[];
  const stored = new Set(ofProducer(e).filter((event) => event.kind === "puback" && event.status === undefined).map((event) => event.subject));
  return subjects.length > 0 && subjects.every((subject) => stored.has(subject));
}

function ofProducer(e: Evidence): FlightEvent[] {
  return ofLife(e, "producer").filter((event) => !(event.request ?? event.subject ?? "").startsWith("$JS."));
}

/** The wire of a program's present life; nothing where it was not at work. */
function ofLife(e: Evidence, role: string): FlightEvent[] {
  if (e.facts.role !== role) return [];
  return e.scene.filter((event) => event.program === role && event.life === atWork(e)?.life);
}
