import { check, diagnose } from "#engine/check/register.ts";
import type { ConsumerState } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { openAsker } from "#engine/lab/asker.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { listen } from "#engine/lab/listen.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import { makeOrdersStream, store } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";

const SUBJECT = "receipts.get";
const CODE = "Nats-Service-Error-Code";
const CHARGE = { service: "charge" } as const;
/** The contract's: an order that cannot be charged is tried so often, and no more. */
const ATTEMPTS = 3;
/** Each order is written to a file by the server, and a disk that others use may be silent for seconds: nobody moves, and yet it comes. */
const PATIENT = { within: 30_000, idle: 8_000 };

check("charges", async (lab) => {
  const orders = await stored(lab, 12);
  const charges = lab.world.hold("before-effect", CHARGE);
  await lab.have("worker");
  await lab.until(() => charges.waiting.length > 0, { ...PATIENT, expected: "a charge for an order that was stored before the worker started", seen: () => "it made none" });
  await lab.settled({ holding: true });
  const state = await consumer(lab);
  lab.note("policy", state?.config.ack_policy);
  // Nobody is charged yet, so whatever is out is out: no ack may have come.
  const out = state?.delivered.consumer_seq;
  expect(out !== undefined && out > 0 && state?.num_ack_pending === out, { expected: "no ack for an order while its card is being charged", seen: state ? `${out} delivered by the consumer payments, and it waits for ${state.num_ack_pending} acks` : "there is no consumer payments" });
  charges.release();
  await allDone(lab, orders);
});

check("receipts", async (lab) => {
  const orders = await stored(lab, 2);
  await lab.have("worker");
  await allDone(lab, orders);
  const till = await openAsker(lab, "till");
  const known = [];
  for (const { orderId } of orders) {
    const reply = await till.reply(till.send(SUBJECT, orderId));
    lab.note("receipt", reply?.body ?? "none");
    expect(/^charge-\d+$/.test(reply?.body ?? ""), { expected: `the id of the receipt as the reply to ${orderId} on ${SUBJECT}, such as charge-7`, seen: reply ? `the reply ${reply.body.slice(0, 60)}${reply.headers[CODE] ? ` and the code ${reply.headers[CODE]}` : ""}` : "there was no reply" });
    known.push(reply?.body);
  }
  expect(known[0] !== known[1], { expected: "a receipt of its own for each order", seen: `both have ${known[0]}` });
  const refusal = await till.reply(till.send(SUBJECT, "nobody-ordered-this"));
  expect(refusal?.headers[CODE] === "404", { expected: `a reply with the header ${CODE}: 404 for an order without a receipt`, seen: refusal ? `the reply ${refusal.body.slice(0, 60)} without it` : "there was no reply" });
  await mustEnd(lab, { code: 0, ask: orders[0]!.orderId, why: "the order has a receipt" });
  await mustEnd(lab, { code: 4, ask: "nobody-ordered-this", why: "the reply says that there is no such receipt" });
});

check("gives-up", async (lab) => {
  const orders = await stored(lab, 4, false);
  const [, bad] = orders as [OrderEvent, OrderEvent];
  lab.world.fail(503, { ...CHARGE, order: bad.orderId });
  await store(lab, orders);
  await lab.have("worker");
  const tried = () => lab.world.ledger.filter(({ orderId }) => orderId === bad.orderId).length;
  await allDone(lab, orders.filter((order) => order !== bad), false);
  const expected = `${ATTEMPTS} attempts for ${bad.orderId}, whose charge fails each time, and then no more deliveries`;
  const over = async () => tried() > 0 && (await consumer(lab))?.num_ack_pending === 0;
  await lab.until(async () => tried() > ATTEMPTS || (await over()), { evenIfQuiet: true, within: PATIENT.within, expected, seen: () => `${tried()} attempts, and it is out still`, timeline: () => storyOf(lab, bad) });
  lab.note("tried", tried());
  expect(tried() === ATTEMPTS, () => ({ expected, seen: tried() > ATTEMPTS ? `a ${tried()}th attempt` : `given up after ${tried()}`, timeline: storyOf(lab, bad).slice(-8) }));
});

check("leaves", async (lab) => {
  const charges = lab.world.hold("before-answer", CHARGE);
  const [order] = await stored(lab, 1);
  const [worker] = await lab.have("worker");
  await lab.until(() => charges.waiting.length > 0, { ...PATIENT, expected: "a charge", seen: () => "it made none" });
  lab.note("leaving", worker!.name);
  worker!.signal("SIGTERM");
  await lab.settled({ holding: true });
  charges.release();
  await worker!.exited({ idle: 4_000 });
  worker!.mustExitWith(0, "it was asked to stop, and did");
  await allDone(lab, [order!]);
});

check("asks", async (lab) => {
  await lab.end(...lab.alive());
  await lab.until(async () => (await lab.server.get<{ total: number }>(`/subsz?subs=1&test=${SUBJECT}`)).total === 0, { evenIfQuiet: true, expected: `nobody to listen on ${SUBJECT}`, seen: () => "somebody still does" });
  await mustEnd(lab, { code: 2, ask: "1001", timeoutMs: 20_000, why: "nobody listens there" });
  await listen(lab, SUBJECT, "silent service");
  await mustEnd(lab, { code: 3, ask: "1001", timeoutMs: 400, why: "somebody has the question and does not answer in time" });
});

check("todays-client", async (lab) => {
  // The server remembers who has connected since it started. Run alone, nobody has.
  if (!lab.handles.some(({ role }) => role === "worker")) await workOnce(lab);
  if (!lab.handles.some(({ role }) => role === "ask")) await mustEnd(lab, { code: 4, ask: "nobody-ordered-this", why: "there is no such receipt" });
  const { connections } = await lab.server.get<Connz>("/connz?state=all&limit=10000");
  const old = connections.find(({ lang, version }) => lang === "nats.js" && Number.parseInt(version ?? "", 10) < 3);
  const program = lab.tap?.links().find(({ connection }) => connection === old?.cid)?.program ?? old?.name;
  lab.note("old", old && { program, version: old.version });
  expect(!old, () => ({ expected: "every program to speak to the server with a current client", seen: `${program} introduced itself as ${old!.lang} ${old!.version}` }));
});

diagnose("still-v2", (e) => e.facts.old !== undefined);
diagnose("acks-nothing", (e) => e.check === "charges" && e.facts.policy !== undefined && e.facts.policy !== "explicit");
diagnose("bucket-not-made", (e) => e.facts.receipt !== undefined && !e.streams.some(({ name }) => name === "KV_receipts"));
diagnose("text-as-json", (e) => e.facts.receipt !== undefined && !/^charge-\d+$/.test(String(e.facts.receipt)));
diagnose("counts-nothing", (e) => Number(e.facts.tried) > ATTEMPTS);
diagnose("code-is-gone", (e) => e.facts.exit === 1 && (e.facts.wanted === 2 || e.facts.wanted === 3));
diagnose("nobody-as-silence", (e) => e.facts.exit === 3 && e.facts.wanted === 2);
diagnose("never-leaves", (e) => e.facts.leaving !== undefined && e.programs.some(({ name, exit }) => name === e.facts.leaving && !exit));

interface Connz {
  connections: { cid: number; name?: string; lang?: string; version?: string }[];
}

/** So many new orders, in the stream ORDERS, which is made where it is not there; with `now` false they are not stored yet. */
async function stored(lab: Lab, count: number, now = true): Promise<OrderEvent[]> {
  const there = (await lab.streams()).some(({ name }) => name === "ORDERS");
  if (!there) await makeOrdersStream(lab);
  const orders = lab.orders(count);
  if (now) await store(lab, orders);
  return orders;
}

async function workOnce(lab: Lab): Promise<void> {
  const orders = await stored(lab, 1);
  await lab.have("worker");
  await allDone(lab, orders);
}

async function consumer(lab: Lab): Promise<ConsumerState | undefined> {
  const orders = (await lab.streams()).find(({ name }) => name === "ORDERS");
  return orders?.consumers.find(({ name }) => name === "payments");
}

/** Every order is charged once, and with `acked` the server has an ack for each. */
async function allDone(lab: Lab, orders: OrderEvent[], acked = true): Promise<void> {
  const charged = ({ orderId }: OrderEvent) => lab.world.ledger.filter((line) => line.effect && line.service === "charge" && line.orderId === orderId).length;
  const left = () => orders.filter((order) => charged(order) === 0);
  await lab.until(() => left().length === 0, { ...PATIENT, expected: `a charge for each of ${orders.length} orders`, seen: () => `${left().length} were not charged`, timeline: () => storyOf(lab, left()[0]) });
  const twice = orders.find((order) => charged(order) > 1);
  expect(!twice, () => ({ expected: "one charge for each order", seen: `${twice!.orderId} was charged ${charged(twice!)} times`, timeline: storyOf(lab, twice) }));
  if (!acked) return;
  const open = async () => (await consumer(lab))?.num_ack_pending ?? 0;
  await lab.until(async () => (await open()) === 0, { ...PATIENT, expected: "an ack for each order that is charged", seen: () => "the server still waits for some" });
}

/** `ask` ends by itself with this exit code. */
async function mustEnd(lab: Lab, { code, ask, timeoutMs = 5_000, why }: { code: number; ask: string; timeoutMs?: number; why: string }): Promise<void> {
  const options = { args: [ask], env: { TIMEOUT_MS: String(timeoutMs) } };
  const program = await lab.again("ask", options);
  lab.note("wanted", code);
  const end = await program.exited({ within: 20_000 });
  lab.note("exit", end.code);
  expect(end.code === code, () => ({ expected: `ask to end with exit code ${code}: ${why}`, seen: `it ended with ${end.signal ?? `exit code ${end.code}`}`, timeline: program.events().filter(({ kind }) => kind !== "signal").slice(-5) }));
}

/** What became of one order. */
function storyOf(lab: Lab, order: OrderEvent | undefined): FlightEvent[] {
  return lab.record.events.slice(lab.scene.event).filter((event) => order && (event.order === order.orderId || event.subject?.endsWith(`.${order.orderId}`)));
}
