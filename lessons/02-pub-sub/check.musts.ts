import { isDeepStrictEqual } from "node:util";
import type { NatsConnection } from "@nats-io/transport-node";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { Heard } from "#engine/lab/listen.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { isSubscription, precedes, sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";

const EVENTS = 2_000;

/** A message of the check's own, and the order it is about. */
export interface Message {
  subject: string;
  event: OrderEvent;
}

/** Publishes on each subject as the shop would, about an order of its own, and waits until the server has it all. */
export async function publishOn(lab: Lab, subjects: string[]): Promise<Message[]> {
  const shop = await lab.connect("shop");
  const sent = lab.orders(subjects.length).map((event, index) => ({ subject: subjects[index]!.replace("ID", event.orderId), event }));
  for (const { subject, event } of sent) shop.publish(subject, JSON.stringify(event));
  await shop.flush();
  return sent;
}

/** The kitchen reserves for this message. */
export async function hasTicket(lab: Lab, message: Message): Promise<void> {
  lab.note("at", "kitchen");
  lab.note("missed", hears(lab, "kitchen", message) === false ? message.subject : undefined);
  await lab.until(() => tickets(lab, message) > 0, {
    expected: `the kitchen to call reserve for the message on ${message.subject}`,
    seen: () => "it made none for that message",
    timeline: () => storyOf(lab, "kitchen", message),
  });
}

/** Nothing moves any more: the kitchen has reserved so often for this message. */
export function mustHaveTickets(lab: Lab, message: Message, wanted: 0 | 1): void {
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

/** What the diagnoses need to know about a count that was or was not said. */
export function noteCount(lab: Lab, { said, counted, others }: { said: Heard[]; counted: Message[]; others: Message[] }): void {
  const count = said[0] && Number(said[0].text);
  lab.note("count", count);
  lab.note("wanted", counted.length);
  lab.note("missed", counted.find((message) => hears(lab, "audit", message) === false)?.subject);
  lab.note("extra", (count ?? 0) > counted.length ? others.find((message) => hears(lab, "audit", message))?.subject : undefined);
  lab.note("tooFew", count !== undefined && count < counted.length);
  lab.note("lost", count === undefined && lab.alive().length === 0);
}

/** The audit has said the right number, or a higher one where others publish too. */
export function mustSay(lab: Lab, audit: Handle, { said, count, orMore = false }: { said: Heard[]; count: number; orMore?: boolean }): void {
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
export async function atTheWord(shop: NatsConnection, plan: Record<string, Message[]>): Promise<Set<string>> {
  const said = new Set<string>();
  const answer = (word: string) => {
    if (!said.has(word)) for (const { subject, event } of plan[word] ?? []) shop.publish(subject, JSON.stringify(event));
    said.add(word);
  };
  shop.subscribe("ready.*", { callback: (_error, message) => answer(message.subject) });
  await shop.flush();
  return said;
}

/** The service has said ready, and the wire shows that the server had its subscription by then. */
export async function mustBeReady(lab: Lab, handle: Handle, said: Set<string>): Promise<void> {
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
export function manyEvents(lab: Lab): Message[] {
  const orders = lab.orders(EVENTS / 4, (index) => ({ region: ["eu", "us", "asia"][index % 3]!, customer: "ada@example.com", sku: "pie", quantity: 1, amountCents: 1_000 + index }));
  const events = ["placed", "paid", "packed", "shipped"].flatMap((name) => orders.map((order) => ({ subject: subjectOf(order, name), event: { ...order, id: `${order.orderId}-${name}` } })));
  Object.assign(events[7]!.event, { customer: "jürgen@example.com", note: "no onions" });
  return events;
}

/** Every event was heard, whole and in order, and nothing else was. */
export function mustHaveArrived(lab: Lab, events: Message[], heard: Heard[]): void {
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
