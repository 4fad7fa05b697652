import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { headers } from "@nats-io/transport-node";
import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { openAsker, type Asker } from "#engine/lab/asker.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { listen } from "#engine/lab/listen.ts";
import { randomFrom } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect } from "#engine/lab/words.ts";

const PRICES = "prices.get";
const CODE = "Nats-Service-Error-Code";
/** A sku that every price list here has; its price differs in each run. */
const MUG = "mug";

check("answers", async (lab) => {
  await serve(lab, 1);
  const till = await openAsker(lab, "till");
  for (const sku of Object.keys(listOf(lab))) await mustPrice(lab, till, { sku, quantity: 3 });
  const quote = await runQuote(lab, MUG);
  mustExit(lab, quote, { code: 0, why: `it got a price for ${MUG}` });
  await mustReadOtherHeaders(lab);
});

check("refuses-unknown-sku", async (lab) => {
  await serve(lab, 1);
  const till = await openAsker(lab, "till");
  const unicorn = `unicorn-${Math.floor(lab.random() * 10_000)}`;
  await mustRefuse(lab, till, { body: wish(unicorn), code: "404", what: `a request for "${unicorn}", which is not in the price list` });
  const quote = await runQuote(lab, unicorn);
  mustExit(lab, quote, { code: 4, why: "its request was refused" });
  await mustReadOtherRefusals(lab);
});

check("survives-nonsense", async (lab) => {
  await serve(lab, 1);
  const till = await openAsker(lab, "till");
  await mustRefuse(lab, till, { body: "{bad", code: "400", what: "a request with the body {bad" });
});

check("nobody-there", async (lab) => {
  await nobodyListens(lab);
  const quote = await runQuote(lab, MUG, { timeoutMs: 20_000 });
  mustExit(lab, quote, { code: 2, why: "nobody was there to answer" });
  const asked = quote.events({ kind: "publish", subject: PRICES }).at(-1);
  if (asked) lab.note("says", `quote may wait 20,000 ms. It had its answer, that nobody is there, and had ended ${Math.round(quote.events({ kind: "exit" })[0]!.t - asked.t)} ms after it asked.`);
});

check("too-slow", async (lab) => {
  await nobodyListens(lab);
  const heard = await listen(lab, PRICES, "silent service");
  const quote = await runQuote(lab, MUG, { timeoutMs: 2_000, within: 12_000, idle: 5_000 });
  lab.note("heard", heard.length);
  expect(heard.length === 1, { expected: "quote to ask once on prices.get", seen: `a service that listens there got ${heard.length} requests`, timeline: storyOfQuote(lab, quote) });
  mustExit(lab, quote, { code: 3, why: "a service has its request and does not answer in time" });
  mustHaveWaited(lab, quote, 2_000);
});

check("scales-out", async (lab) => {
  await serve(lab, 3);
  const till = await openAsker(lab, "till");
  const inboxes = Array.from({ length: 60 }, () => till.send(PRICES, wish(MUG)));
  const replies = (inbox: string) => till.replies(inbox).length;
  const without = () => inboxes.filter((inbox) => replies(inbox) === 0);
  const expected = "one reply to each of 60 requests, with three copies of prices running";
  await lab.until(() => without().length === 0, { expected, seen: () => `${without().length} requests got none`, timeline: () => storyOf(lab, without()[0]) });
  await lab.settled();
  const twice = inboxes.find((inbox) => replies(inbox) > 1);
  expect(!twice, () => ({ expected, seen: `${inboxes.reduce((sum, inbox) => sum + replies(inbox), 0)} replies: more than one copy did the same work`, timeline: [...groupsOf(lab.record.events), ...storyOf(lab, twice)] }));
});

diagnose("every-copy-answers", (e) => new Set(groupsOf(e.record).map((sub) => sub.queue ?? sub)).size > 1);
diagnose("handler-dies", (e) => e.facts.after === "silence");
diagnose("silence-on-error", (e) => e.facts.refusal === "none" && e.facts.after === "answer");
diagnose("refusal-without-code", (e) => e.facts.refusal === "other" && e.facts.after === "answer");
diagnose("replies-elsewhere", (e) => e.facts.price === "none");
diagnose("wrong-price", (e) => e.facts.price === "other");
diagnose("any-header-refuses", (e) => e.facts.otherHeaders === true && typeof e.facts.exit === "number");
diagnose("price-not-recognised", (e) => e.facts.price === "right" && typeof e.facts.exit === "number" && ofQuote(e).some((event) => event.kind === "deliver"));
diagnose("publishes-before-it-listens", (e) => {
  const events = ofQuote(e);
  const asked = events.findIndex(isRequest);
  const listens = events.findIndex((event) => event.kind === "subscribe" && covers(event.subject ?? "", events[asked]?.reply ?? ""));
  return asked !== -1 && listens > asked;
});
diagnose("refusal-by-its-looks", (e) => e.facts.otherRefusal === true && typeof e.facts.exit === "number" && e.facts.exit !== 4);
diagnose("takes-refusal-for-price", (e) => e.facts.exit !== undefined && e.facts.exit !== 4 && ofQuote(e).some((event) => event.kind === "deliver" && event.headers?.[CODE]));
diagnose("no-responders-as-timeout", (e) => e.facts.exit !== 2 && toldNobody(e) && requests(e) === 1);
diagnose("retries-blindly", (e) => requests(e) > 1 || Number(e.facts.heard) > 1);
diagnose("waits-forever", (e) => e.facts.quote !== undefined && e.facts.exit === undefined && requests(e) <= 1 && !toldNobody(e));
diagnose("timeout-without-a-name", (e) => typeof e.facts.exit === "number" && e.facts.exit !== 3 && requests(e) === 1 && !toldNobody(e));
diagnose("gives-up-early", (e) => e.facts.exit === 3 && e.facts.waited !== undefined);

/** The price list of this run: not the one in the lesson's folder, so that no program can know it. */
function listOf(lab: Lab): Record<string, { amountCents: number; currency: string }> {
  const random = randomFrom(`prices ${lab.seed}`);
  const cents = () => 100 + Math.floor(random() * 9_900);
  return { [MUG]: { amountCents: cents(), currency: "EUR" }, [`lamp-${cents()}`]: { amountCents: cents(), currency: "USD" } };
}

async function serve(lab: Lab, copies: number): Promise<void> {
  const file = join(lab.folder, "prices.json");
  await writeFile(file, JSON.stringify(listOf(lab)));
  await lab.have("prices", copies, { env: { PRICES_FILE: file } });
}

/** Ends every copy of prices, and waits until the server has nobody left to send a request to. */
async function nobodyListens(lab: Lab): Promise<void> {
  await lab.end(...lab.alive());
  const listening = async () => (await lab.server.get<{ total: number }>("/subsz?subs=1&test=prices.get")).total;
  await lab.until(async () => (await listening()) === 0, { evenIfQuiet: true, expected: "nobody to listen on prices.get", seen: () => "somebody still does" });
}

async function mustPrice(lab: Lab, till: Asker, { sku, quantity }: { sku: string; quantity: number }): Promise<void> {
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
async function mustReadOtherHeaders(lab: Lab): Promise<void> {
  await takeOver(lab, { "Content-Type": "application/json" }, JSON.stringify({ sku: MUG, quantity: 1, ...listOf(lab)[MUG] }));
  const quote = await runQuote(lab, MUG);
  lab.note("otherHeaders", true);
  mustExit(lab, quote, { code: 0, why: "it got a price whose only header is Content-Type" });
}

/** Another price service takes over, which refuses for another reason, and says more in the body. */
async function mustReadOtherRefusals(lab: Lab): Promise<void> {
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
async function mustRefuse(lab: Lab, till: Asker, bad: { body: string; code: string; what: string }): Promise<void> {
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
async function runQuote(lab: Lab, sku: string, { timeoutMs = 10_000, within = 10_000, idle = 2_000 } = {}): Promise<Handle> {
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

function mustExit(lab: Lab, quote: Handle, { code, why }: { code: number; why: string }): void {
  const { exit } = quote.program;
  expect(exit?.code === code, () => ({ expected: `quote to end with exit code ${code}: ${why}`, seen: `it ended with ${exit?.signal ?? `exit code ${exit?.code}`}`, timeline: storyOfQuote(lab, quote) }));
}

/** A lower bound only: counted from the connection, which is certainly there before the request, and 100 ms kinder than the contract. */
function mustHaveWaited(lab: Lab, quote: Handle, timeoutMs: number): void {
  const begun = (lab.tap ? quote.events({ kind: "connect" }) : quote.events({ kind: "start" })).at(-1)!;
  const waited = Math.round(quote.events({ kind: "exit" })[0]!.t - begun.t);
  lab.note("waited", waited);
  expect(waited >= timeoutMs - 100, () => ({ expected: `quote to wait ${timeoutMs} ms for its reply, as TIMEOUT_MS says`, seen: `it ended after ${waited} ms`, timeline: storyOfQuote(lab, quote) }));
}

function wish(sku: string, quantity = 1): string {
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
function storyOf(lab: Lab, inbox: string | undefined): FlightEvent[] {
  const scene = lab.record.events.slice(lab.scene.event);
  const asked = scene.findIndex((event) => event.reply === inbox);
  const ends = (event: FlightEvent) => event.program?.startsWith("prices") === true && (event.kind === "exit" || event.kind === "disconnect");
  return scene.slice(asked).filter((event) => event.reply === inbox || event.subject === inbox || ends(event));
}

function storyOfQuote(lab: Lab, quote: Handle): FlightEvent[] {
  const own = quote.events();
  const inboxes = own.filter(isRequest).map((event) => event.reply);
  const kinds = ["subscribe", "publish", "deliver", "status", "exit"];
  return lab.record.where((event) => own.includes(event) ? kinds.includes(event.kind) : event.kind === "deliver" && event.reply !== undefined && inboxes.includes(event.reply));
}

function isRequest(event: FlightEvent): boolean {
  return event.kind === "publish" && event.subject === PRICES;
}

/** How the copies of prices have subscribed. A service built with the services API has other subscriptions as well. */
function groupsOf(record: readonly FlightEvent[]): FlightEvent[] {
  return record.filter((event) => event.kind === "subscribe" && event.program?.startsWith("prices") === true && covers(event.subject ?? "", PRICES));
}

/** The events of the quote that the failed check ran; none where it did not come to that. */
function ofQuote(e: Evidence): FlightEvent[] {
  return e.record.filter((event) => event.program === "quote" && event.life === e.facts.quote);
}

function requests(e: Evidence): number {
  return ofQuote(e).filter(isRequest).length;
}

function toldNobody(e: Evidence): boolean {
  return ofQuote(e).some((event) => event.kind === "status" && event.status === 503);
}
