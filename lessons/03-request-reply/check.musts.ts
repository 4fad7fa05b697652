import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { headers } from "@nats-io/transport-node";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Asker } from "#engine/lab/asker.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { randomFrom } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect } from "#engine/lab/words.ts";

export const PRICES = "prices.get";
export const CODE = "Nats-Service-Error-Code";
/** A sku that every price list here has; its price differs in each run. */
export const MUG = "mug";

/** The price list of this run: not the one in the lesson's folder, so that no program can know it. */
export function listOf(lab: Lab): Record<string, { amountCents: number; currency: string }> {
  const random = randomFrom(`prices ${lab.seed}`);
  const cents = () => 100 + Math.floor(random() * 9_900);
  return { [MUG]: { amountCents: cents(), currency: "EUR" }, [`lamp-${cents()}`]: { amountCents: cents(), currency: "USD" } };
}

export async function serve(lab: Lab, copies: number): Promise<void> {
  const file = join(lab.folder, "prices.json");
  await writeFile(file, JSON.stringify(listOf(lab)));
  await lab.have("prices", copies, { env: { PRICES_FILE: file } });
}

/** Ends every copy of prices, and waits until the server has nobody left to send a request to. */
export async function nobodyListens(lab: Lab): Promise<void> {
  await lab.end(...lab.alive());
  const listening = async () => (await lab.server.get<{ total: number }>("/subsz?subs=1&test=prices.get")).total;
  await lab.until(async () => (await listening()) === 0, { evenIfQuiet: true, expected: "nobody to listen on prices.get", seen: () => "somebody still does" });
}

export async function mustPrice(lab: Lab, till: Asker, { sku, quantity }: { sku: string; quantity: number }): Promise<void> {
  const one = listOf(lab)[sku]!;
  const amountCents = quantity * one.amountCents;
  const inbox = till.send(PRICES, wish(sku, quantity));
  const reply = await till.reply(inbox);
  const right = reply && holds(reply.body, { sku, quantity, amountCents, currency: one.currency });
  lab.note("price", right ? "right" : reply ? "other" : "none");
  expect(right === true, {
    expected: `the price of ${quantity} ${sku} at ${one.amountCents} cents: "amountCents":${amountCents},"currency":"${one.currency}"`,
    seen: reply ? `the reply ${reply.body || "is empty"}` : "there was no reply",
    timeline: storyOf(lab, inbox),
  });
}

/** Another price service takes over, whose prices carry a header that has nothing to do with refusals. */
export async function mustReadOtherHeaders(lab: Lab): Promise<void> {
  await takeOver(lab, { "Content-Type": "application/json" }, JSON.stringify({ sku: MUG, quantity: 1, ...listOf(lab)[MUG] }));
  const quote = await runQuote(lab, MUG);
  lab.note("otherHeaders", true);
  mustExit(lab, quote, { code: 0, why: "it got a price whose only header is Content-Type" });
}

/** Another price service takes over, which refuses for another reason, and says more in the body. */
export async function mustReadOtherRefusals(lab: Lab): Promise<void> {
  await takeOver(lab, { [CODE]: "403", "Nats-Service-Error": "the shop is closed" }, JSON.stringify({ open: "09:00" }));
  const quote = await runQuote(lab, MUG);
  lab.note("otherRefusal", true);
  mustExit(lab, quote, { code: 4, why: `its request was refused with the code 403 and the body {"open":"09:00"}` });
}

async function takeOver(lab: Lab, names: Record<string, string>, body: string): Promise<void> {
  await nobodyListens(lab);
  const other = await lab.connect("another price service");
  const h = headers();
  for (const [name, value] of Object.entries(names)) h.set(name, value);
  other.subscribe(PRICES, { callback: (_error, message) => void message.respond(body, { headers: h }) });
  await other.flush();
}

/** A refusal, and then a price: only the next request tells a service that is silent from one that is gone. */
export async function mustRefuse(lab: Lab, till: Asker, bad: { body: string; code: string; what: string }): Promise<void> {
  const inbox = till.send(PRICES, bad.body);
  const reply = await till.reply(inbox);
  const next = till.send(PRICES, wish(MUG));
  const after = await till.reply(next);
  const code = reply?.headers[CODE];
  lab.note("refusal", code === bad.code ? "right" : reply ? "other" : "none");
  lab.note("after", after ? "answer" : "silence");
  lab.note("headers", Object.keys(reply?.headers ?? {}));
  const seen = reply ? `the reply has ${code ? `the code ${code}` : "no such header"}` : `no reply; the next request, for a ${MUG}, got ${after ? "its price" : "none either"}`;
  expect(code === bad.code, { expected: `a reply with the header ${CODE}: ${bad.code} to ${bad.what}`, seen, timeline: [...storyOf(lab, inbox), ...storyOf(lab, next)] });
  expect(after !== undefined, { expected: `a price for the request after ${bad.what}`, seen: "no reply", timeline: storyOf(lab, next) });
}

/** Runs quote to its end. It ends by itself, and asks once: waiting for more of either is of no use. */
export async function runQuote(lab: Lab, sku: string, { timeoutMs = 10_000, within = 10_000, idle = 2_000 } = {}): Promise<Handle> {
  const options = { args: [sku], env: { TIMEOUT_MS: String(timeoutMs) } };
  const quote = await lab.again("quote", options);
  lab.note("quote", quote.life);
  const asked = () => quote.events({ kind: "publish", subject: PRICES }).length;
  const ending = { within, expected: `quote to end within ${within / 1000} s`, seen: () => "it is still running, and nothing moves any more", timeline: () => storyOfQuote(lab, quote) };
  // A start may take long and looks like stillness where a command starts the program. Once it has asked, it does not.
  if (lab.tap) await lab.until(() => !quote.running || asked() > 0, { ...ending, evenIfQuiet: true });
  await lab.until(() => !quote.running || asked() > 1, { ...ending, idle });
  lab.note("exit", quote.program.exit?.code);
  expect(asked() <= 1, () => ({ expected: "quote to ask once", seen: `it asked ${asked()} times`, timeline: storyOfQuote(lab, quote) }));
  return quote;
}

export function mustExit(lab: Lab, quote: Handle, { code, why }: { code: number; why: string }): void {
  const { exit } = quote.program;
  expect(exit?.code === code, () => ({ expected: `quote to end with exit code ${code}: ${why}`, seen: `it ended with ${exit?.signal ?? `exit code ${exit?.code}`}`, timeline: storyOfQuote(lab, quote) }));
}

/** A lower bound only: counted from the connection, which is certainly there before the request, and 100 ms kinder than the contract. */
export function mustHaveWaited(lab: Lab, quote: Handle, timeoutMs: number): void {
  const begun = (lab.tap ? quote.events({ kind: "connect" }) : quote.events({ kind: "start" })).at(-1)!;
  const waited = Math.round(quote.events({ kind: "exit" })[0]!.t - begun.t);
  lab.note("waited", waited);
  expect(waited >= timeoutMs - 100, () => ({ expected: `quote to wait ${timeoutMs} ms for its reply, as TIMEOUT_MS says`, seen: `it ended after ${waited} ms`, timeline: storyOfQuote(lab, quote) }));
}

export function wish(sku: string, quantity = 1): string {
  return JSON.stringify({ sku, quantity });
}

/** Whether a body is a JSON object with these fields; others may be there too. */
function holds(body: string, fields: Record<string, unknown>): boolean {
  try {
    const found = JSON.parse(body) as Record<string, unknown> | null;
    return Object.entries(fields).every(([name, value]) => found?.[name] === value);
  } catch {
    return false;
  }
}

/** One request: asked, got, answered, or the end of who should have. */
export function storyOf(lab: Lab, inbox: string | undefined): FlightEvent[] {
  const scene = lab.record.events.slice(lab.scene.event);
  const asked = scene.findIndex((event) => event.reply === inbox);
  const ends = (event: FlightEvent) => event.program?.startsWith("prices") === true && (event.kind === "exit" || event.kind === "disconnect");
  return scene.slice(asked).filter((event) => event.reply === inbox || event.subject === inbox || ends(event));
}

export function storyOfQuote(lab: Lab, quote: Handle): FlightEvent[] {
  const own = quote.events();
  const inboxes = own.filter(isRequest).map((event) => event.reply);
  const kinds = ["subscribe", "publish", "deliver", "status", "exit"];
  return lab.record.where((event) => own.includes(event) ? kinds.includes(event.kind) : event.kind === "deliver" && event.reply !== undefined && inboxes.includes(event.reply));
}

export function isRequest(event: FlightEvent): boolean {
  return event.kind === "publish" && event.subject === PRICES;
}

/** How the copies of prices have subscribed. A service built with the services API has other subscriptions as well. */
export function groupsOf(record: readonly FlightEvent[]): FlightEvent[] {
  return record.filter((event) => event.kind === "subscribe" && event.program?.startsWith("prices") === true && covers(event.subject ?? "", PRICES));
}
