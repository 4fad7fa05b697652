import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { listen, type Heard } from "#engine/lab/listen.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { isSubscription, precedes, sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";

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
  const said = await listen(lab, "audit.count", "office");

  // Everything is on its way to the audit, and nothing has arrived, when it is told to stop.
  const wire = lab.tap?.hold("all", { program: audit.name });
  const counted = await publishOn(lab, [...ABOUT_ORDERS, ...ABOUT_ORDERS]);
  const others = await publishOn(lab, NOT_ABOUT_ORDERS);
  audit.signal("SIGTERM");
  await lab.settled({ holding: true });
  await wire?.undo();

  await audit.ended({ idle: 1_000 });
  if (said.length === 0) await lab.settled();
  noteCount(lab, { said, counted, others });
  if (!audit.running) audit.mustExitWith(0, "it was asked to stop, and did");
  mustSay(lab, audit, { said, count: counted.length });
  lab.note("done", true);
  expect(!audit.running, { expected: "the audit to end by itself after SIGTERM", seen: "it said its count, and it is still running" });
});

check("publisher-loses-nothing", async (lab) => {
  const events = manyEvents(lab);
  const file = join(lab.folder, "events.json");
  await writeFile(file, JSON.stringify(events));
  const heard = await listen(lab, ">");
  const publisher = await lab.start("publisher", { env: { EVENTS_FILE: file } });
  await publisher.ended({ idle: 2_000 });
  if (!publisher.running) publisher.mustExitWith(0, "it had nothing to do but to publish");
  await lab.settled();
  mustHaveArrived(lab, events, heard);
  lab.note("done", true);
  expect(!publisher.running, { expected: "the publisher to end by itself", seen: `all ${events.length} events arrived, and it is still running` });
});

check("ready-means-ready", async (lab) => {
  const placed = lab.orders(1).map((event) => ({ subject: subjectOf(event), event }));
  const paid = lab.orders(10).map((event) => ({ subject: subjectOf(event, "paid"), event }));
  const said = await listen(lab, "audit.count", "office");
  const ready = await atTheWord(lab, { "ready.kitchen": placed, "ready.audit": paid });
  const [kitchen, audit] = await Promise.all([lab.start("kitchen"), lab.start("audit")]);
  for (const handle of [kitchen, audit]) await mustBeReady(lab, handle, ready);
  for (const message of placed) await hasTicket(lab, message);
  audit.signal("SIGTERM");
  await audit.ended({ idle: 1_000 });
  await lab.settled();
  mustSay(lab, audit, { said, count: paid.length, orMore: true });
});

check("late-subscriber-misses", async (lab) => {
  const said = await listen(lab, "audit.count", "office");
  await publishOn(lab, Array.from({ length: 20 }, () => "orders.paid.eu.ID"));
  const audit = await lab.start("audit");
  await publishOn(lab, Array.from({ length: 5 }, () => "orders.paid.eu.ID"));
  audit.signal("SIGTERM");
  await lab.until(() => said[0], { expected: "a count", seen: () => "the audit said none" });
  lab.note("says", `20 events went out before the audit subscribed, 5 after it. It counted ${said[0]?.text}: the others went to those who listened at the time, and core NATS keeps no copy. Lesson 7 gives messages a place to stay.`);
});

diagnose("wildcard-inside-token", (e) => subscriptions(e).some((sub) => sub.subject?.split(".").some((part) => part.length > 1 && /[*>]/.test(part))));

diagnose("publishes-to-wildcard", (e) => e.facts.wildcard !== undefined);

diagnose("publish-before-subscribe", (e) => e.facts.early === true);

diagnose("handles-twice", (e) => {
  const sent = e.scene.filter((event) => event.kind === "publish" && event.program === "shop");
  return sent.some((event) => subscriptions(e).filter((sub) => covers(sub.subject ?? "", event.subject ?? "")).length > 1);
});

diagnose("wildcard-too-narrow", (e) => e.facts.missed !== undefined);

diagnose("wildcard-too-wide", (e) => e.facts.extra !== undefined);

diagnose("no-signal-handler", (e) => e.programs.some((program) => program.role === "audit" && program.exit?.signal === "SIGTERM"));

diagnose("exit-without-drain", (e) => e.facts.lost === true);

diagnose("never-exits", (e) => e.facts.done === true);

diagnose("counts-before-drain", (e) => e.facts.tooFew === true && e.facts.missed === undefined);

interface Message {
  subject: string;
  event: OrderEvent;
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
  lab.note("at", "kitchen");
  lab.note("missed", hears(lab, "kitchen", message) === false ? message.subject : undefined);
  await lab.until(() => tickets(lab, message) > 0, {
    expected: `the kitchen to call reserve for the message on ${message.subject}`,
    seen: () => "it made no call",
    timeline: () => storyOf(lab, "kitchen", message),
  });
}

function mustHaveTickets(lab: Lab, message: Message, wanted: 0 | 1): void {
  const found = tickets(lab, message);
  lab.note("extra", found > 0 && wanted === 0 ? message.subject : undefined);
  expect(found === wanted, () => ({
    expected: `the kitchen to make ${wanted === 0 ? "no call" : "one call"} of reserve for the message on ${message.subject}`,
    seen: `it made ${found === 0 ? "none" : found}`,
    timeline: storyOf(lab, "kitchen", message),
  }));
}

function tickets(lab: Lab, { event }: Message): number {
  return lab.world.ledger.filter((line) => line.service === "reserve" && line.orderId === event.orderId).length;
}

/** How a program subscribed, and what became of one message. */
function storyOf(lab: Lab, role: string, message: Message | undefined): FlightEvent[] {
  return sceneOf(lab).filter((event) => isSubscription(event, role) || event.subject === message?.subject || (event.kind === "call" && event.order === message?.event.orderId));
}

function noteCount(lab: Lab, { said, counted, others }: { said: Heard[]; counted: Message[]; others: Message[] }): void {
  const count = said[0] && Number(said[0].text);
  lab.note("count", count);
  lab.note("wanted", counted.length);
  lab.note("missed", counted.find((message) => hears(lab, "audit", message) === false)?.subject);
  lab.note("extra", (count ?? 0) > counted.length ? others.find((message) => hears(lab, "audit", message))?.subject : undefined);
  lab.note("tooFew", count !== undefined && count < counted.length);
  lab.note("lost", count === undefined && lab.alive().length === 0);
}

/** The audit has said the right number, or a higher one where others publish too. */
function mustSay(lab: Lab, audit: Handle, { said, count, orMore = false }: { said: Heard[]; count: number; orMore?: boolean }): void {
  lab.note("at", "audit");
  const text = said[0]?.text ?? "";
  expect(/^\d+$/.test(text) && (orMore ? Number(text) >= count : Number(text) === count), () => ({
    expected: `the audit to say ${count}${orMore ? " or more" : ""} on audit.count: so many messages went out under orders.`,
    seen: said.length === 0 ? "nothing was said on audit.count" : `it said "${text.slice(0, 40)}"`,
    timeline: storyOfCount(lab, audit),
  }));
}

/** How the audit subscribed, when it was told to stop, what it said, what came first and last, and what it missed. */
function storyOfCount(lab: Lab, audit: Handle): FlightEvent[] {
  const delivered = audit.events({ kind: "deliver" });
  const own = audit.events().filter((event) => isSubscription(event, "audit") || event.subject === "audit.count" || /signal|exit/.test(event.kind));
  const missed = sceneOf(lab).find((event) => event.kind === "publish" && event.subject === lab.facts.missed);
  return sceneOf(lab).filter((event) => own.includes(event) || event === missed || event === delivered[0] || event === delivered.at(-1));
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
  await lab.until(() => said.has(word), { expected: `the ${handle.role} to publish on ${word}`, seen: () => "it did not", timeline: () => handle.events().slice(-4) });
  const events = handle.events();
  const spoken = events.find((event) => event.kind === "publish" && event.subject === word);
  const early = spoken && events.find((event) => isSubscription(event, handle.role) && !precedes(events, event, spoken));
  lab.note("early", early !== undefined);
  expect(!early, () => ({
    expected: `the server to have the subscription when ${word} is published`,
    seen: early!.connection === spoken!.connection ? `${word} was published first` : `the two went out on two connections (${early!.connection} and ${spoken!.connection}), and the server may read either first`,
    timeline: events.filter((event) => isSubscription(event, handle.role) || event === spoken),
  }));
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

/** Every event was heard, whole and in order, and nothing else was. */
function mustHaveArrived(lab: Lab, events: Message[], heard: Heard[]): void {
  const at = heard.findIndex((message, index) => message.subject !== events[index]?.subject || !isDeepStrictEqual(message.json, events[index].event));
  const timeline = lab.record.where((event) => event.program === "publisher" && /connect|publish|exit/.test(event.kind));
  lab.note("published", heard.length);
  lab.note("events", events.length);
  lab.note("wildcard", heard.find(({ subject }) => /[*>]/.test(subject))?.subject);
  const [wanted, found] = [events[at], heard[at]];
  const moved = wanted?.subject !== found?.subject;
  expect(at === -1, () => ({
    expected: wanted ? `event ${at + 1} of the file on ${wanted.subject}${moved ? "" : `: ${JSON.stringify(wanted.event)}`}` : `${events.length} messages and no more`,
    seen: `a message on ${found?.subject}${moved ? "" : `: ${found?.text.slice(0, 240)}`}`,
    timeline,
  }));
  lab.note("lost", heard.length < events.length && timeline.some((event) => /disconnect|exit/.test(event.kind)));
  expect(heard.length === events.length, { expected: `all ${events.length} events of the file to arrive`, seen: `${heard.length} arrived`, timeline });
}

/** Whether a subscription of the program matches, as the wire tells; undefined without the tap. */
function hears(lab: Lab, role: string, { subject }: Message): boolean | undefined {
  return lab.tap && sceneOf(lab).some((event) => isSubscription(event, role) && covers(event.subject ?? "", subject));
}

function subscriptions(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => isSubscription(event, "kitchen") || isSubscription(event, "audit"));
}
