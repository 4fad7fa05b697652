import { check } from "#engine/check/register.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { listen } from "#engine/lab/listen.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import { makeOrdersStream, readStream, removeStreams } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { fill, sumOf } from "./check.data.ts";
import { mostOpen, race, startPacer, WIRE_MS } from "./check.pace.ts";
import { measure } from "./check.rates.ts";
import "./check.mistakes.ts";

const COUNT = 2_000;
/** The contract's bound for a worker, and a stream that has more. */
const IN_HAND = 4_000;
const MORE = 4_600;

check("publish-rate", async (lab) => {
  await fresh(lab);
  const pacer = await startPacer(lab);
  lab.wire.slow({ ms: WIRE_MS, program: "producer" });
  const producer = await lab.start("producer", { env: { COUNT: String(COUNT), WINDOW: "256" } });
  const published = () => producer.events({ kind: "publish" }).filter(isOrder);
  const acked = () => producer.events({ kind: "puback" }).filter(({ status }) => status === undefined);
  await race(lab, { program: producer, pacer }, {
    count: COUNT,
    verb: "stored",
    progress: () => ({ first: published()[0]?.t, done: acked().length }),
    note: () => {
      lab.note("outstanding", mostOpen(producer.events(), (event) => event.kind === "publish" && isOrder(event), (event) => event.kind === "puback"));
      lab.note("early", producer.program.exit?.code === 0 && acked().length < COUNT);
    },
    timeline: () => [...published().slice(0, 2), ...acked().slice(0, 2)].toSorted((a, b) => a.t - b.t),
  });
  await producer.ended({ within: 20_000 });
  producer.mustExitWith(0, "all orders are stored");
});

check("consume-rate", async (lab) => {
  await filled(lab, COUNT);
  const pacer = await startPacer(lab);
  lab.wire.slow({ ms: WIRE_MS, program: "worker" });
  const worker = await lab.start("worker", { env: { COUNT: String(COUNT) } });
  const acked = () => worker.events({ kind: "ack" });
  await race(lab, { program: worker, pacer }, {
    count: COUNT,
    verb: "taken and acked",
    progress: () => ({ first: worker.events({ kind: "pull" })[0]?.t, done: acked().length }),
    note: () => {
      noteAsking(lab, worker);
      if (worker.program.exit?.code === 0 && worker.events({ kind: "deliver" }).length >= COUNT) lab.note("unacked", COUNT - acked().length);
    },
    timeline: () => worker.events().filter(({ kind }) => kind === "pull" || kind === "deliver" || kind === "ack").slice(10, 16),
  });
});

check("loses-nothing", async (lab) => {
  await fresh(lab);
  await storesAll(lab, 300);
  await fresh(lab);
  const orders = lab.orders(300);
  // Some of them twice, as a producer that tries again would leave them, and not at the end.
  await fill(lab, [...orders.slice(0, 150), ...orders.slice(100, 140), ...orders.slice(150)]);
  const told = await listen(lab, "totals.done", "accountant");
  const worker = await lab.run("worker", { env: { COUNT: "300" } });
  lab.note("twice", sumOf(orders.slice(100, 140)));
  lab.note("sum", told[0]?.text);
  lab.note("truth", sumOf(orders));
  worker.mustExitWith(0, "all orders are counted");
  await lab.settled();
  expect(told.length === 1 && told[0]?.text === String(sumOf(orders)), () => ({ expected: `${sumOf(orders)} on totals.done, the sum of 300 orders`, seen: told.length === 0 ? "nothing came" : told.map(({ text }) => text).join(" and ") }));
  const left = (await lab.streams()).find(({ name }) => name === "ORDERS")?.consumers.find(({ name }) => name === "totals")?.num_ack_pending;
  lab.note("unacked", left ?? "unknown");
  expect(left === 0, { expected: "the consumer totals to have an ack for every order when the worker has ended", seen: left === undefined ? "there is no consumer totals" : `${left} ${left === 1 ? "was" : "were"} never acked` });
});

check("honest", async (lab) => {
  await fresh(lab, { max_msgs: 100, discard: "new" });
  const producer = await lab.run("producer", { env: { COUNT: "300", WINDOW: "32" } });
  lab.note("code", producer.program.exit?.code);
  producer.mustExitWith(1, "the stream took only 100 of 300 orders");
});

check("bounded-memory", async (lab) => {
  await fresh(lab);
  const late = lab.wire.hold("puback", { program: "producer" });
  const producer = await lab.start("producer", { env: { COUNT: "200", WINDOW: "32" } });
  const published = () => producer.events({ kind: "publish" }).filter(isOrder);
  await lab.until(() => published().length >= 32 || !producer.running, { holding: true, expected: "32 orders under way, as WINDOW says", seen: () => `${published().length}` }).catch(() => {});
  await lab.settled({ holding: true });
  lab.note("outstanding", published().length);
  expect(published().length <= 32, () => ({ expected: "at most 32 orders without a PubAck, as WINDOW says", seen: `${published().length}, and not one PubAck has come`, timeline: published().slice(30, 34) }));
  await late.undo();
  await producer.ended({ within: 20_000 });
  producer.mustExitWith(0, "all orders are stored");
  await workerIsBounded(lab);
});

check("your-rate", measure);

/** The last PubAck is late: until it has come, nobody can say that all orders are stored. */
async function storesAll(lab: Lab, count: number): Promise<void> {
  const late = lab.tap?.hold("puback", { program: "producer", subject: `orders.placed.eu.${count}` });
  const producer = await lab.start("producer", { env: { COUNT: String(count), WINDOW: "16" } });
  if (late) {
    await lab.until(() => late.hits > 0 || !producer.running, { expected: `a PubAck for each of ${count} orders`, seen: () => `${producer.events({ kind: "puback" }).length} came` });
    await lab.settled({ holding: true });
    lab.note("early", !producer.running);
    expect(producer.running, () => ({ expected: `producer to wait for the PubAck of order ${count}, which is late`, seen: `it has ended with exit code ${producer.program.exit?.code}`, timeline: producer.events().slice(-5) }));
    await late.undo();
  }
  await producer.ended({ within: 20_000 });
  await stored(lab, producer, count);
}

async function workerIsBounded(lab: Lab): Promise<void> {
  await fresh(lab);
  await filled(lab, MORE);
  lab.wire.hold("ack", { program: "worker" });
  const worker = await lab.start("worker", { env: { COUNT: String(MORE) } });
  await lab.until(() => worker.events({ kind: "deliver" }).some(({ stream }) => stream === "ORDERS"), { expected: "the worker to take orders", seen: () => "it took none", idle: 2_000 });
  await lab.settled({ holding: true, within: 20_000 });
  const inHand = (await lab.streams())[0]?.consumers.find(({ name }) => name === "totals")?.num_ack_pending ?? 0;
  lab.note("inHand", inHand);
  expect(inHand <= IN_HAND, { expected: `at most ${IN_HAND} orders given to the worker and not acked`, seen: `${inHand}` });
}

async function fresh(lab: Lab, config: Parameters<typeof makeOrdersStream>[1] = {}): Promise<void> {
  await removeStreams(lab);
  await makeOrdersStream(lab, config);
}

async function filled(lab: Lab, count: number): Promise<OrderEvent[]> {
  await fresh(lab);
  const orders = lab.orders(count);
  await fill(lab, orders);
  return orders;
}

/** Every order of the contract is there once, on its own subject, and the program says so. */
async function stored(lab: Lab, producer: Handle, count: number): Promise<void> {
  const there = (await readStream(lab)) ?? [];
  const subjects = new Set(there.map(({ subject }) => subject));
  const missing = Array.from({ length: count }, (_, index) => `orders.placed.eu.${index + 1}`).filter((subject) => !subjects.has(subject));
  lab.note("missing", missing.length);
  expect(missing.length === 0 && there.length === count, () => ({ expected: `${count} orders in ORDERS once producer has ended, each once`, seen: `there are ${there.length}, and ${missing.length} are missing${missing[0] ? `, for example ${missing[0]}` : ""}`, timeline: producer.events().slice(-4) }));
  producer.mustExitWith(0, "all orders are stored");
}

/** How the worker asked for orders, and how it acked them. */
function noteAsking(lab: Lab, worker: Handle): void {
  const acked = worker.events({ kind: "ack" });
  const asked = worker.events({ kind: "pull" });
  lab.note("acks", acked.length);
  lab.note("waiting", acked.filter(({ reply }) => reply).length);
  lab.note("ackRequests", mostOpen(worker.events(), (event) => event.kind === "ack" && event.reply !== undefined, (event) => event.note === "ack confirmed"));
  lab.note("pulls", asked.length);
  lab.note("single", [...asked, ...acked].filter(({ batch }) => batch === 1).length);
  lab.note("questions", worker.events({ kind: "publish" }).filter(({ subject }) => /\.API\.(CONSUMER|STREAM)\.INFO\./.test(subject ?? "")).length);
}

function isOrder({ subject }: FlightEvent): boolean {
  return subject?.startsWith("orders.") === true;
}
