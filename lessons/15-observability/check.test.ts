import { headers } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import { check } from "#engine/check/register.ts";
import type { Handle } from "#engine/lab/handle.ts";
import { freePort } from "#engine/lab/address.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { readStream } from "#engine/lab/streams.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";
import { get, metricsPortOf, scrape, type Metrics } from "./check.metrics.ts";
import { failingWorker, finishingWorker, hangingWorker, makePipeline, place, slowWorker, thoroughWorker } from "./check.sick.ts";
import { answers, says, shows, tellApart, type Wanted } from "./check.says.ts";
import { judgeTraces, traceparentOf, type Traced } from "./check.traces.ts";
import "./check.mistakes.ts";

/** Longer than a check: an order that is taken stays with its worker. */
const FOR_EVER_MS = 60_000;
const CHARGE_MS = 40;

check("metrics-parse", async (lab) => {
  await makePipeline(lab);
  const worker = await startWorker(lab);
  await charged(lab, await place(lab, 3));
  const mine = await readable(lab, worker);
  expect(mine.types.get("pipeline_process_seconds") === "histogram", () => ({ expected: "a histogram pipeline_process_seconds under /metrics of the worker", seen: namesOf(mine) }));
  const watch = await lab.start("watch");
  await readable(lab, watch);
  await lab.until(async () => (await scrape(watch))?.samples.has("pipeline_pending"), { evenIfQuiet: true, within: 5_000, expected: "a gauge pipeline_pending under /metrics of watch", seen: () => "there is none" });
  const its = await readable(lab, watch);
  const missing = ["pipeline_pending", "pipeline_ack_pending", "pipeline_redelivered", "pipeline_health"].find((name) => its.types.get(name) !== "gauge");
  expect(!missing, () => ({ expected: `a gauge ${missing} under /metrics of watch`, seen: namesOf(its) }));
});

check("healthy", async (lab) => {
  await makePipeline(lab, { ackWait: FOR_EVER_MS });
  const watch = await lab.start("watch");
  await says(lab, watch, { state: "healthy", why: "nothing waits and nothing is in hand" });
  lab.note("working", true);
  await place(lab, 40);
  const finishing = await finishingWorker(lab, 200);
  lab.note("finishing", true);
  await says(lab, watch, { state: "healthy", why: "no order waits, and a worker finishes one after the other of those it holds", again: true });
  lab.note("finishing", false);
  await finishing.stop();
  const worker = await thoroughWorker(lab, 10, 120);
  await place(lab, 10);
  try {
    const taken = says(lab, watch, { state: "healthy", why: "orders go out, each for the first time, and the first is not done yet", again: true });
    const done: Wanted = { state: "healthy", why: "ten orders are in hand all the while, and the oldest is done whenever one comes" };
    await tellApart(lab, taken, { word: "stalled", fact: "floorTells", by: async () => (worker.rotate(), says(lab, watch, { ...done, again: true })) });
    worker.rotate();
    await says(lab, watch, done);
    await answers(lab, watch, { status: 200, when: "healthy" });
  } finally {
    await worker.stop();
  }
});

check("lag", async (lab) => {
  await makePipeline(lab, { ackWait: FOR_EVER_MS });
  await place(lab, 600);
  await slowWorker(lab, 60);
  const watch = await lab.start("watch");
  await says(lab, watch, { state: "lagging", why: "a worker does one order after the other, and hundreds wait" });
  await answers(lab, watch, { status: 200, when: "lagging" });
});

check("stalled", async (lab) => {
  await makePipeline(lab, { ackWait: FOR_EVER_MS, max_ack_pending: 5 });
  await place(lab, 5);
  const watch = await lab.start("watch");
  await says(lab, watch, { state: "stalled", why: "five orders wait, and no worker runs", quickly: true });
  await shows(lab, watch, { pipeline_pending: 5, pipeline_ack_pending: 0, pipeline_redelivered: 0 });
  lab.note("inHand", true);
  await hangingWorker(lab);
  const hangs = says(lab, watch, { state: "stalled", why: "a worker has taken all five orders and hangs" });
  const another = async () => says(lab, await lab.start("watch"), { state: "stalled", why: "nothing has moved since it began to look", quickly: true });
  await tellApart(lab, hangs, { word: "redelivering", fact: "anotherTells", by: another });
  await shows(lab, watch, { pipeline_pending: 0, pipeline_ack_pending: 5, pipeline_redelivered: 5 });
  lab.note("inHand", false);
  lab.note("many", true);
  await place(lab, 150);
  await shows(lab, watch, { pipeline_pending: 150, pipeline_ack_pending: 5 });
  await says(lab, watch, { state: "stalled", why: "the worker still hangs, and meanwhile 150 more orders wait", quickly: true });
  await answers(lab, watch, { status: 503, when: "stalled" });
  lab.note("says", "When the worker hung with all five orders, pipeline_pending was 0: a line that draws it looks its best. pipeline_ack_pending was 5.");
});

check("redelivery-loop", async (lab) => {
  await makePipeline(lab, { ackWait: 150 });
  await place(lab, 5);
  await failingWorker(lab);
  const watch = await lab.start("watch");
  await says(lab, watch, { state: "redelivering", why: "a worker fails at the same five orders again and again" });
  await answers(lab, watch, { status: 503, when: "redelivering" });
});

check("trace-continues", async (lab) => {
  await makePipeline(lab);
  const worker = await startWorker(lab);
  const traced = await placeTraced(lab, 12);
  const refused = traced.filter(({ refused }) => refused).map(({ order }) => order.orderId);
  lab.world.fail(400, { service: "charge", orders: refused });
  await publish(lab, traced);
  await done(lab, traced.map(({ order }) => order), { dead: refused.length });
  expect(worker.running, { expected: "a worker that goes on after an order that was refused", seen: "it has ended" });
  judgeTraces(lab, traced, (await readStream(lab, "DEAD")) ?? []);
});

check("durations", async (lab) => {
  await makePipeline(lab);
  const worker = await startWorker(lab);
  lab.world.delay(CHARGE_MS, { service: "charge" });
  const orders = lab.orders(10);
  lab.world.fail(400, { service: "charge", orders: orders.slice(3, 6).map(({ orderId }) => orderId) });
  // Once, so a worker that asks again by itself has an entry for them too; one that gets them back has two.
  for (const { orderId } of orders.slice(7, 9)) lab.world.fail(503, { service: "charge", orders: [orderId], times: 1 });
  await publish(lab, orders.map((order) => ({ order })));
  await done(lab, orders, { dead: 3, later: 2 });
  const least = (orders.length * CHARGE_MS) / 1_000;
  const number = async (name: string) => (await scrape(worker))?.samples.get(`pipeline_process_seconds_${name}`) ?? 0;
  const expected = `${orders.length} orders in pipeline_process_seconds, five charged, three refused and two that the provider answered with 503, and at least ${least} s in all`;
  await lab.until(async () => (await number("count")) >= orders.length, { expected, seen: () => `it counts ${lab.facts.count ?? 0}` }).catch(() => {});
  const [count, sum] = [await number("count"), await number("sum")];
  lab.note("count", count);
  lab.note("sum", sum);
  const handled = lab.world.ledger.filter(({ ended, orderId }) => ended !== undefined && orders.some((order) => order.orderId === orderId)).length;
  expect(count >= orders.length && count <= handled && sum >= least && sum < 100, { expected, seen: `the histogram counts ${count}, with a sum of ${sum}` });
});

check("cheap", async (lab) => {
  void lab.wire;
  await makePipeline(lab, { ackWait: FOR_EVER_MS });
  const watch = await lab.start("watch");
  const worker = await startWorker(lab);
  const begun = lab.record.now();
  const orders = await place(lab, 60);
  // Ten visitors at once, all the while.
  const visits = async () => (await Promise.all(Array.from({ length: 10 }, () => Promise.all([get(watch.port, "/healthz"), scrape(watch), scrape(worker)])))).flat();
  await lab.until(async () => (await visits()).every(Boolean) && lab.record.now() - begun > 1_500, { evenIfQuiet: true, expected: "a second and a half of questions over HTTP", seen: () => "they were not all answered" });
  await charged(lab, orders);
  const seconds = (lab.record.now() - begun) / 1_000;
  const asked = (who: Handle) => sceneOf(lab).filter((event) => event.kind === "publish" && event.program === who.name && event.t >= begun && /\.API\.(CONSUMER|STREAM)\.INFO\./.test(event.subject ?? ""));
  // One more at each edge, and one that was late.
  const most = Math.ceil(seconds) * 2 + 3;
  for (const who of [watch, worker]) {
    const questions = asked(who);
    lab.note("asks", who.role);
    lab.note("questions", questions.length);
    expect(questions.length <= most, () => ({ expected: `at most two info requests a second from ${who.name}, however often its port is asked and however many orders come: ${most} in ${seconds.toFixed(1)} s`, seen: `${questions.length}`, timeline: questions.slice(0, 4) }));
  }
});

check("server-gone", async (lab) => {
  await makePipeline(lab, { ackWait: FOR_EVER_MS });
  const watch = await lab.start("watch");
  await answers(lab, watch, { status: 200, when: "healthy" });
  await lab.server.kill();
  try {
    await answers(lab, watch, { status: 503, when: "blind: the server is gone", within: 10_000 });
  } finally {
    await lab.server.restart();
  }
});

async function startWorker(lab: Lab): Promise<Handle> {
  return lab.start("worker", { env: { METRICS_PORT: String(await freePort()) } });
}

/** Metrics that Prometheus would take. */
async function readable(lab: Lab, program: Handle): Promise<Metrics> {
  const where = `http://127.0.0.1:${metricsPortOf(program)}/metrics`;
  const metrics = await lab.until(() => scrape(program), { evenIfQuiet: true, within: 5_000, expected: `an answer from ${program.name} on ${where}`, seen: () => "nobody answers there" });
  lab.note("refused", metrics.refused);
  expect(!metrics.refused, () => ({ expected: `text on ${where} that Prometheus can read`, seen: `Prometheus would refuse it: ${metrics.refused}` }));
  return metrics;
}

function namesOf({ types }: Metrics): string {
  return types.size > 0 ? `there is ${[...types].map(([name, type]) => `${type} ${name}`).join(", ")}` : "there is none";
}

/** Every order has had its call, so many are in DEAD, and no more than `later` are left for another try. */
async function done(lab: Lab, orders: OrderEvent[], { dead, later = 0 }: { dead: number; later?: number }): Promise<void> {
  await charged(lab, orders);
  await lab.until(async () => (await lab.streams()).every(({ name, state }) => (name === "DEAD" ? state.messages >= dead : name !== "WORK" || state.messages <= later)), {
    expected: `${later > 0 ? `at most ${later} orders in WORK` : "WORK to be empty"}, and ${dead} orders that the provider refused in DEAD`,
    seen: () => "WORK still has more, or DEAD has too few",
    timeline: () => sceneOf(lab).filter(({ program, kind }) => program === "worker" && kind !== "ping" && kind !== "pong").slice(-6),
  });
  await lab.settled();
}

async function charged(lab: Lab, orders: OrderEvent[]): Promise<void> {
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const called = () => new Set(lab.world.ledger.filter(({ orderId, ended }) => ended !== undefined && ids.has(orderId ?? "")).map(({ orderId }) => orderId)).size;
  await lab.until(() => called() === ids.size, { idle: 1_500, expected: `a charge for each of ${ids.size} orders`, seen: () => `the provider was called for ${called()}` });
}

/** Orders with a trace of their own, every third without one; every fourth will be refused. */
async function placeTraced(lab: Lab, count: number): Promise<Traced[]> {
  return lab.orders(count).map((order, index) => ({
    order,
    ...(index % 3 === 2 ? {} : { traceparent: traceparentOf(lab.random), correlationId: `call-${order.orderId}` }),
    refused: index % 4 === 1,
  }));
}

async function publish(lab: Lab, traced: Traced[]): Promise<void> {
  const js = jetstream(await lab.connect("shop"));
  for (const { order, traceparent, correlationId } of traced) {
    const sent = headers();
    if (traceparent) sent.set("traceparent", traceparent);
    if (correlationId) sent.set("Correlation-Id", correlationId);
    await js.publish(subjectOf(order), JSON.stringify(order), { headers: sent, msgID: order.id });
  }
}
