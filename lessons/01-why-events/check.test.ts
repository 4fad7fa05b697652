import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import { arrive, storyOf, told, wish, type Customer } from "#engine/lab/customers.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { connectionsAt } from "#engine/lab/servers.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect, NotJudged, NotYet } from "#engine/lab/words.ts";

/** How long the mail service takes for one mail while a checkout is measured, in milliseconds. */
const MAIL_MS = 500;
const REGIONS = ["eu", "us", "asia"];

check("your-checkout", async (lab) => {
  const checkout = await open(lab);
  // The first order opens connections, and that is not what is measured.
  await allServed(lab, [arrive(lab, checkout)]);
  lab.world.delay(MAIL_MS, { service: "mail" });
  const customer = arrive(lab, checkout);
  await allServed(lab, [customer]);
  const waited = Math.round(customer.answered! - customer.asked);
  const forMail = Math.round(mailTimeOf(lab, customer));
  lab.note("bars", { "a customer waits": waited, "a mail takes": forMail || MAIL_MS });
  lab.note("says", forMail > 0 ? `Of the ${waited} ms that a customer waits, ${forMail} are the mail.` : `A mail takes ${MAIL_MS} ms, and no customer waits for it.`);
});

check("fast-checkout", async (lab) => {
  const checkout = await open(lab);
  const mails = lab.world.hold("before-effect", { service: "mail" });
  await allServed(lab, manyArrive(lab, checkout), { when: "while the mail service answers nobody", holding: true });
  mails.release();
  await chargesFirst(lab, checkout);
});

check("mailer-down", async (lab) => {
  const checkout = await open(lab);
  lab.world.fail(503, { service: "mail" });
  const customers = manyArrive(lab, checkout);
  await allServed(lab, customers, { when: "with no mailer running and the mail service down" });
  await leavesMailsAlone(lab, checkout);
  if (!lab.tap) throw new NotJudged("not judged without the tap");
  lab.note("wanted", customers.map(subjectOf));
  const silent = () => customers.filter((customer) => !eventsBy(lab, checkout).some((event) => event.subject === subjectOf(customer)));
  await lab.until(() => silent().length === 0, {
    expected: `an event on orders.placed.<region>.<orderId> for each of ${customers.length} orders`,
    seen: () => `${silent().length} of them have none`,
    timeline: () => storyOf(lab, silent()[0]),
  });
});

check("everyone-gets-mail", async (lab) => {
  const checkout = await open(lab);
  const mailer = await listening(lab, await lab.start("mailer"));
  const customers = manyArrive(lab, checkout);
  await allServed(lab, customers);
  lab.note("addresses", customers.map((customer) => [customer.orderId, customer.address]));
  const expected = `one mail from the mailer to each of ${customers.length} customers`;
  const without = () => customers.filter((customer) => !mailsTo(lab, customer).some((call) => call.program === mailer.name));
  await lab.until(() => without().length === 0, { expected, seen: () => `${without().length} of them got none`, timeline: () => storyOf(lab, without()[0]) });
  await lab.settled();
  const twice = customers.find((customer) => mailsTo(lab, customer).length > 1);
  expect(!twice, () => ({ expected, seen: `${twice!.name} got ${mailsTo(lab, twice!).length}`, timeline: storyOf(lab, twice) }));
});

check("no-order-no-event", async (lab) => {
  const checkout = await open(lab);
  const { customer: _nobody, ...unsigned } = wish(lab);
  await mustAnswer(lab, checkout, { status: 400, when: "the body is not JSON", body: "{bad" });
  await mustAnswer(lab, checkout, { status: 400, when: "an order has no customer", body: JSON.stringify(unsigned) });
  await mustAnswer(lab, checkout, { status: 400, when: "a region is not eu, us or asia", body: JSON.stringify({ ...wish(lab), region: "eu.west" }) });
  lab.world.fail(402, { service: "charge", times: 1 });
  await mustAnswer(lab, checkout, { status: 402, when: "a card is declined" });
  lab.world.fail(503, { service: "reserve", times: 1 });
  await mustAnswer(lab, checkout, { status: 502, when: "the warehouse cannot reserve the goods" });
  await lab.settled();
  const [event] = eventsBy(lab, checkout);
  expect(!event, () => ({ expected: "no event for five orders that came to nothing", seen: `an event went out on ${event!.subject}`, timeline: storyOf(lab, { orderId: event!.subject!.split(".")[3]! }) }));
  if (!lab.tap) throw new NotJudged("not judged without the tap");
});

diagnose("still-waits-for-mail", (e) => mailsBy(e, "checkout").some((call) => call.ended === undefined && !answers(e).some((answer) => answer.order === call.orderId)));

diagnose("swallows-failure", (e) => e.facts.mail === "awaited");

diagnose("mail-from-checkout", (e) => e.facts.mail !== "awaited" && mailsBy(e, "checkout").length > 0);

diagnose("asks-the-mailer", (e) => published(e).some((event) => event.reply !== undefined));

diagnose("fails-by-itself", (e) => e.facts.refused !== undefined && published(e).length === 0 && mailsBy(e, "checkout").length === 0 && e.sceneLedger.every((call) => call.status === 200));

diagnose("charges-after-answering", (e) => e.facts.unpaid === 201);

diagnose("announces-too-early", (e) => published(e).length > 0);

diagnose("other-answer", (e) => e.facts.answered !== undefined);

diagnose("no-event-on-the-wire", (e) => (e.facts.wanted as string[] | undefined)?.some((subject) => !published(e).some((event) => event.subject === subject)) ?? false);

diagnose("wrong-mail", (e) => wrongMails(e).length > 0);

diagnose("mailer-stumbles", (e) => wrongMails(e).length === 0 && delivered(e).some((id) => !mailsBy(e, "mailer").some((call) => call.orderId === id)));

diagnose("mailer-deaf", (e) => !mailerEnded(e) && published(e).some((event) => !delivered(e).includes(event.subject!.split(".")[3]!)));

/** The checkout that serves all checks of a run. */
async function open(lab: Lab): Promise<Handle> {
  const [checkout] = await lab.have("checkout");
  return checkout!;
}

function manyArrive(lab: Lab, checkout: Handle): Customer[] {
  return Array.from({ length: 20 }, () => arrive(lab, checkout));
}

/** Every customer has a 201 and an order id; `holding` where the check keeps back calls that they must not wait for. */
async function allServed(lab: Lab, customers: Customer[], { when = "", holding = false } = {}): Promise<void> {
  const expected = `201 and an order id for ${customers.length === 1 ? "a customer" : `each of ${customers.length} customers`} ${when}`.trim();
  const waiting = () => customers.filter((customer) => !customer.status && !customer.trouble);
  await lab.until(() => waiting().length === 0, { holding, idle: 500, expected, seen: () => (customers.length === 1 ? "there is no answer" : `${waiting().length} of them still wait for an answer`), timeline: () => storyOf(lab, waiting()[0]) });
  const refused = customers.filter((customer) => customer.status !== 201 || !customer.orderId);
  if (refused[0]) lab.note("refused", refused[0].said);
  expect(refused.length === 0, () => ({ expected, seen: `${customers.length === 1 ? "" : `${refused.length} of them did not get that: `}${told(refused[0]!)}`, timeline: storyOf(lab, refused[0]) }));
}

/** While a card is being charged its owner has no answer; then she has. */
async function chargesFirst(lab: Lab, checkout: Handle): Promise<void> {
  const charge = lab.world.hold("before-effect", { service: "charge", times: 1 });
  const customer = arrive(lab, checkout);
  await lab.until(() => charge.waiting.length > 0, { expected: "checkout to charge the card", seen: () => "it did not", timeline: () => storyOf(lab, customer) });
  await lab.settled({ holding: true });
  lab.note("unpaid", customer.status);
  expect(customer.status === undefined, () => ({ expected: "no answer while the card is being charged", seen: told(customer), timeline: storyOf(lab, customer) }));
  charge.release();
  await allServed(lab, [customer]);
}

/** Fails if checkout has called the mail service, and finds out whether it waits for what that says. */
async function leavesMailsAlone(lab: Lab, checkout: Handle): Promise<void> {
  await lab.settled();
  const mails = lab.world.ledger.slice(lab.scene.call).filter((call) => call.service === "mail");
  if (mails.length === 0) return;
  const held = lab.world.hold("before-answer", { service: "mail" });
  const customer = arrive(lab, checkout);
  await lab.settled({ holding: true });
  const leftAlone = customer.status === 201 && held.waiting.length > 0;
  if (checkout.running) lab.note("mail", leftAlone ? "left alone" : "awaited");
  throw new NotYet({ expected: "checkout to leave the mails to somebody else", seen: `it called the mail service ${mails.length} times`, timeline: storyOf(lab, { orderId: mails[0]!.orderId! }) });
}

async function mustAnswer(lab: Lab, checkout: Handle, { status, when, body }: { status: number; when: string; body?: string }): Promise<void> {
  const customer = arrive(lab, checkout, body);
  await lab.until(() => customer.status ?? customer.trouble, { expected: `${status} when ${when}`, seen: () => "there is no answer", timeline: () => storyOf(lab, customer) });
  if (customer.status === status) return;
  lab.note("answered", { when, wanted: status, got: customer.status });
  throw new NotYet({ expected: `${status} when ${when}`, seen: told(customer), timeline: storyOf(lab, customer) });
}

/** Waits until the server lists a subscription of the mailer's that hears orders, or until it is plain that there will be none. */
async function listening(lab: Lab, mailer: Handle): Promise<Handle> {
  const mine = lab.connectionsOf(mailer);
  const hears = async () => {
    const connections = await connectionsAt(lab.servers, "?subs=detail");
    const patterns = (connections ?? []).filter(({ cid, name }) => mine(cid, name)).flatMap((found) => found.subscriptions_list_detail ?? []);
    return REGIONS.every((region) => patterns.some(({ subject }) => covers(subject, `orders.placed.${region}.1`)));
  };
  await lab.until(hears, { expected: "", seen: () => "" }).catch((error: unknown) => { if (!(error instanceof NotYet)) throw error; });
  return mailer;
}

function subjectOf(customer: Customer): string {
  return `orders.placed.${customer.region}.${customer.orderId}`;
}

/** What checkout has published about orders in this check. */
function eventsBy(lab: Lab, checkout: Handle): FlightEvent[] {
  return lab.record.events.slice(lab.scene.event).filter((event) => event.kind === "publish" && event.program === checkout.name && event.subject?.startsWith("orders."));
}

function mailsTo(lab: Lab, { orderId, address }: Customer): LedgerLine[] {
  return lab.world.ledger.filter((call) => call.service === "mail" && call.effect && call.orderId === orderId && (call.body as { to?: string }).to === address);
}

/** How long the mail kept a customer waiting: the mail call that was made and over while she waited, in milliseconds. */
function mailTimeOf(lab: Lab, { asked, answered = 0 }: Customer): number {
  const mail = lab.world.ledger.find((call) => call.service === "mail" && call.t >= asked && (call.ended ?? Infinity) <= answered);
  return mail ? mail.ended! - mail.t : 0;
}

function answers(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => event.kind === "answer" && event.service === "/orders");
}

function published(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => event.kind === "publish" && event.program?.startsWith("checkout") && event.subject?.startsWith("orders."));
}

/** Ids of the orders whose event has reached the mailer. */
function delivered(e: Evidence): string[] {
  return e.scene.filter((event) => event.kind === "deliver" && event.program?.startsWith("mailer")).map((event) => event.subject?.split(".")[3] ?? "");
}

function mailsBy(e: Evidence, role: string): LedgerLine[] {
  return e.sceneLedger.filter((call) => call.service === "mail" && call.program.startsWith(role));
}

/** Mails the service could not use, and mails to somebody else. */
function wrongMails(e: Evidence): LedgerLine[] {
  const addresses = new Map(e.facts.addresses as [string, string][] | undefined);
  const goesElsewhere = ({ orderId = "", body }: LedgerLine) => addresses.has(orderId) && (body as { to?: string }).to !== addresses.get(orderId);
  return mailsBy(e, "mailer").filter((call) => call.status === 400 || goesElsewhere(call));
}

function mailerEnded(e: Evidence): boolean {
  return e.programs.some((program) => program.role === "mailer" && program.exit !== undefined);
}
