import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence, ProgramEnd } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect, NotYet } from "#engine/lab/words.ts";

// Asia is not in the learner's own events.json: a list of its regions is not enough.
const PLACED = ["orders.placed.eu.ID", "orders.placed.asia.ID"];
const NOT_PLACED = ["orders.paid.eu.ID", "orders.placed.eu.ID.note", "orders.placed", "orders.placed.eu"];
const ABOUT_ORDERS = [...PLACED, ...NOT_PLACED, "orders.closed", "orders.moved.eu.to.us.by.ID"];
const NOT_ABOUT_ORDERS = ["orders", "order.placed.eu.ID", "invoices.orders.eu.ID"];
const EVENTS = 2_000;

check("kitchen-hears-placed", async (lab) => {
  await lab.start("kitchen");
  const sent = await publishOn(lab, [...PLACED, ...NOT_PLACED]);
  for (const message of sent.slice(0, PLACED.length)) await hasTicket(lab, message);
  await lab.settled();
  for (const [index, message] of sent.entries()) mustHaveTickets(lab, message, index < PLACED.length ? 1 : 0);
});

check("audit-hears-all", async (lab) => {
  const audit = await lab.start("audit");
  const said = await countsSaid(lab);
  const held = lab.tap?.hold("all", { program: audit.name });
  await publishOn(lab, [...ABOUT_ORDERS, ...NOT_ABOUT_ORDERS, ...ABOUT_ORDERS]);
  audit.signal("SIGTERM");
  if (held) await takesNotice(lab, audit);
  await held?.undo();
  await mustSay(lab, audit, { said, count: 2 * ABOUT_ORDERS.length });
});

check("publisher-loses-nothing", async (lab) => {
  const events = manyEvents(lab);
  const file = join(lab.folder, "events.json");
  await writeFile(file, JSON.stringify(events));
  const arrived = await everythingHeard(lab);
  const publisher = await lab.start("publisher", { env: { EVENTS_FILE: file } });
  const end = await endOf(publisher, { idle: 2_000 });
  if (end) publisher.mustExitWith(0, "it had nothing else to do than to publish");
  await lab.settled();
  mustHaveArrived(lab, events, arrived);
  lab.note("done", end === undefined);
  expect(end !== undefined, { expected: "the publisher to end by itself", seen: `all ${events.length} events arrived, and it is still running` });
});

check("ready-means-ready", async (lab) => {
  const placed = lab.orders(1).map((event) => ({ subject: subjectOf(event), event }));
  const paid = lab.orders(10).map((event) => ({ subject: subjectOf(event, "paid"), event }));
  const said = await countsSaid(lab);
  const ready = await atTheWord(lab, { "ready.kitchen": placed, "ready.audit": paid });
  const [kitchen, audit] = await Promise.all([lab.start("kitchen"), lab.start("audit")]);
  for (const handle of [kitchen, audit]) await mustBeReady(lab, handle, ready);
  for (const message of placed) await hasTicket(lab, message);
  audit.signal("SIGTERM");
  await mustSay(lab, audit, { said, count: paid.length, orMore: true });
});

check("late-subscriber-misses", async (lab) => {
  const said = await countsSaid(lab);
  await publishOn(lab, Array.from({ length: 20 }, () => "orders.paid.eu.ID"));
  const audit = await lab.start("audit");
  await publishOn(lab, Array.from({ length: 5 }, () => "orders.paid.eu.ID"));
  audit.signal("SIGTERM");
  await endOf(audit);
  await lab.until(() => said[0], { expected: "a count", seen: () => "the audit said none" });
  lab.note("says", `20 events went out before the audit subscribed, 5 after it. It counted ${said[0]}: the others went to those who listened at the time, and core NATS keeps no copy. Lesson 7 gives messages a place to stay.`);
});

diagnose("wildcard-inside-token", (e) => subscriptions(e).some((sub) => sub.subject?.split(".").some((part) => part.length > 1 && /[*>]/.test(part))));

diagnose("publishes-to-wildcard", (e) => e.facts.wildcard !== undefined);

diagnose("publish-before-subscribe", (e) => e.facts.early === true);

diagnose("handles-twice", (e) => sentByShop(e).some((subject) => subscriptions(e).filter((sub) => covers(sub.subject ?? "", subject)).length > 1));

diagnose("wildcard-too-narrow", (e) => e.facts.missed !== undefined);

diagnose("wildcard-too-wide", (e) => e.facts.extra !== undefined);

diagnose("no-signal-handler", (e) => e.programs.some((program) => program.role === "audit" && program.exit?.signal === "SIGTERM"));

diagnose("exit-without-drain", (e) => e.facts.lost === true);

diagnose("never-exits", (e) => e.facts.done === true);

diagnose("counts-before-drain", (e) => e.facts.tooFew === true && e.facts.missed === undefined);

interface Message {
  subject: string;
  event: { orderId?: string };
}

/** Publishes on each subject as the shop would, about an order of its own, and waits until the server has it all. */
async function publishOn(lab: Lab, subjects: string[]): Promise<Message[]> {
  const shop = await lab.connect("shop");
  const sent = lab.orders(subjects.length).map((event, index) => ({ subject: subjects[index]!.replace("ID", event.orderId), event }));
  for (const { subject, event } of sent) shop.publish(subject, JSON.stringify(event));
  await shop.flush();
  return sent;
}

async function hasTicket(lab: Lab, message: Message): Promise<void> {
  lab.note("missed", isDeaf(lab, "kitchen", message.subject) ? message.subject : undefined);
  await lab.until(() => tickets(lab, message).length > 0, {
    expected: `the kitchen to call reserve for the message on ${message.subject}`,
    seen: () => "it did not",
    timeline: () => storyOf(lab, "kitchen", message),
  });
}

function mustHaveTickets(lab: Lab, message: Message, wanted: 0 | 1): void {
  const found = tickets(lab, message).length;
  lab.note("extra", found > 0 && wanted === 0 ? message.subject : undefined);
  expect(found === wanted, () => ({
    expected: `the kitchen to make ${wanted === 0 ? "no call" : "one call"} of reserve for the message on ${message.subject}`,
    seen: `it made ${found}`,
    timeline: storyOf(lab, "kitchen", message),
  }));
}

function tickets(lab: Lab, { event }: Message) {
  return lab.world.ledger.filter((line) => line.service === "reserve" && line.orderId === event.orderId);
}

/** How a program subscribed, and what became of one message. */
function storyOf(lab: Lab, role: string, { subject, event }: Message): FlightEvent[] {
  return lab.record.where((one) => isSubscription(one, role) || one.subject === subject || (one.kind === "call" && one.order === event.orderId));
}

/** Everything that is said on `audit.count`. */
async function countsSaid(lab: Lab): Promise<string[]> {
  const said: string[] = [];
  const office = await lab.connect("office");
  office.subscribe("audit.count", { callback: (_error, message) => void said.push(message.string()) });
  await office.flush();
  return said;
}

/**
 * Waits until a program that was signalled has said anything to the server. The wire is held meanwhile: who counts
 * without asking for the rest has not got it, on any machine. Who thinks for a second first loses nothing by it.
 */
async function takesNotice(lab: Lab, handle: Handle): Promise<void> {
  const before = handle.events().length;
  const reacts = () => handle.events().slice(before).some((event) => event.kind !== "signal" && event.kind !== "fault");
  await lab.until(reacts, { within: 1_000, evenIfQuiet: true, expected: "a reaction", seen: () => "none" }).catch(unlessNotYet);
}

/** The audit says the right number (or a higher one, where others publish too), and ends. */
async function mustSay(lab: Lab, audit: Handle, { said, count, orMore = false }: { said: string[]; count: number; orMore?: boolean }): Promise<void> {
  const end = await endOf(audit);
  if (said.length === 0) await lab.settled();
  noteCount(lab, { said: said[0], count, ended: end !== undefined });
  if (end) audit.mustExitWith(0, "it was asked to stop, and did");
  const right = /^\d+$/.test(said[0] ?? "") && (orMore ? Number(said[0]) >= count : Number(said[0]) === count);
  expect(right, () => ({
    expected: `the audit to say ${count}${orMore ? " or more" : ""} on audit.count, as many as went out under orders.`,
    seen: said[0] === undefined ? "it said nothing there" : `it said "${said[0].slice(0, 40)}"`,
    timeline: audit.events().filter((event) => isSubscription(event, "audit") || /signal|publish|deliver|disconnect|exit/.test(event.kind)),
  }));
  expect(end !== undefined, { expected: "the audit to end by itself after SIGTERM", seen: "it said its count, and it is still running" });
}

function noteCount(lab: Lab, { said, count, ended }: { said: string | undefined; count: number; ended: boolean }): void {
  lab.note("count", said);
  lab.note("wanted", count);
  lab.note("missed", ABOUT_ORDERS.find((subject) => isDeaf(lab, "audit", subject)));
  lab.note("extra", Number(said) > count ? NOT_ABOUT_ORDERS.find((subject) => !isDeaf(lab, "audit", subject)) : undefined);
  lab.note("tooFew", Number(said) < count);
  lab.note("lost", said === undefined && ended);
  lab.note("done", Number(said) === count && !ended);
}

/** Publishes in the very moment in which a service says ready. Answers the subjects on which one has. */
async function atTheWord(lab: Lab, plan: Record<string, Message[]>): Promise<Set<string>> {
  const said = new Set<string>();
  const shop = await lab.connect("shop");
  const answer = (word: string) => {
    if (!said.has(word)) for (const { subject, event } of plan[word] ?? []) shop.publish(subject, JSON.stringify(event));
    said.add(word);
  };
  shop.subscribe("ready.*", { callback: (_error, message) => answer(message.subject) });
  await shop.flush();
  return said;
}

/** The service has said ready, and the wire shows that the server had its subscription by then. */
async function mustBeReady(lab: Lab, handle: Handle, said: Set<string>): Promise<void> {
  const word = `ready.${handle.role}`;
  lab.note("at", handle.role);
  await lab.until(() => said.has(word), { expected: `the ${handle.role} to publish on ${word}`, seen: () => "it did not", timeline: () => handle.events() });
  const early = lab.tap !== undefined && handle.events().some((event, at, all) => isSubscription(event, handle.role) && !precedes(all, at, word));
  lab.note("early", early);
  expect(!early, {
    expected: `the server to have the subscription for certain when ${word} is published`,
    seen: "nothing on the wire puts the two in this order",
    timeline: handle.events().filter((event) => /subscribe|publish|pong/.test(event.kind)),
  });
}

/** A connection's lines are read in order; on two connections a PONG on the first says that it was read. */
function precedes(events: FlightEvent[], at: number, word: string): boolean {
  const said = events.findIndex((event) => event.kind === "publish" && event.subject === word);
  const { connection } = events[at]!;
  const between = events.slice(at, said);
  return at < said && (events[said]!.connection === connection || between.some((event) => event.kind === "pong" && event.connection === connection));
}

/**
 * Four events for each of 500 orders. Their lengths are the same in every run, and so is what an ending loses.
 * One has a letter of two bytes, and a field that no program knows.
 */
function manyEvents(lab: Lab): Message[] {
  const orders = lab.orders(EVENTS / 4, (index) => ({ region: ["eu", "us", "asia"][index % 3]!, customer: "ada@example.com", sku: "pie", quantity: 1, amountCents: 1_000 + index }));
  const events = ["placed", "paid", "packed", "shipped"].flatMap((name) => orders.map((order) => ({ subject: subjectOf(order, name), event: { ...order, id: `${order.orderId}-${name}` } })));
  Object.assign(events[7]!.event, { customer: "jürgen@example.com", note: "no onions" });
  return events;
}

/** All messages of all programs, as somebody hears them who listens to everything. */
async function everythingHeard(lab: Lab): Promise<Message[]> {
  const heard: Message[] = [];
  const listener = await lab.connect("listener");
  const isOurs = (subject: string) => !/^[_$]/.test(subject);
  listener.subscribe(">", { callback: (_error, message) => void (isOurs(message.subject) && heard.push({ subject: message.subject, event: asJson(message.string()) })) });
  await listener.flush();
  return heard;
}

function mustHaveArrived(lab: Lab, events: Message[], arrived: Message[]): void {
  const parts = Array.from({ length: Math.max(events.length, arrived.length) }, (_, index) => isDeepStrictEqual(events[index], arrived[index]));
  const at = parts.indexOf(false);
  lab.note("published", arrived.length);
  lab.note("events", events.length);
  lab.note("wildcard", arrived.find(({ subject }) => /[*>]/.test(subject))?.subject);
  lab.note("lost", at === arrived.length);
  expect(at === -1, () => ({
    expected: `all ${events.length} events to arrive on their subjects, whole and in the order of the file`,
    seen: at === arrived.length ? `${arrived.length} arrived` : `number ${at + 1} was ${shown(arrived[at])}, not ${shown(events[at])}`,
    timeline: lab.record.where((event) => event.program === "publisher" && /connect|publish|exit/.test(event.kind)),
  }));
}

/** Waits for a program's end; undefined when nothing has moved for `idle` milliseconds and it is still there. */
function endOf(handle: Handle, { idle = 1_000 } = {}): Promise<ProgramEnd | undefined> {
  return handle.exited({ idle }).catch(unlessNotYet);
}

function unlessNotYet(error: unknown): undefined {
  if (!(error instanceof NotYet)) throw error;
}

/** No subscription of the program matches, as far as the wire tells. */
function isDeaf(lab: Lab, role: string, subject: string): boolean {
  return lab.tap !== undefined && !lab.record.events.slice(lab.scene.event).some((event) => isSubscription(event, role) && covers(event.subject ?? "", subject));
}

function isSubscription(event: FlightEvent, role: string): boolean {
  return event.kind === "subscribe" && event.program?.split("#")[0] === role && !event.subject?.startsWith("_INBOX");
}

function subscriptions(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => isSubscription(event, "kitchen") || isSubscription(event, "audit"));
}

function sentByShop(e: Evidence): string[] {
  return e.scene.filter((event) => event.kind === "publish" && event.program === "shop").map((event) => event.subject ?? "");
}

function asJson(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return { text };
  }
}

function shown(message: Message | undefined): string {
  return message ? `${message.subject} ${JSON.stringify(message.event)}`.slice(0, 120) : "nothing";
}
