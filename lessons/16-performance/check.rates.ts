import { setTimeout as pause } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import type { Lab } from "#engine/lab/lab.ts";
import { makeOrdersStream, removeStreams } from "#engine/lab/streams.ts";
import { fill } from "./check.data.ts";

const ROUNDS = 3;
/** On a busy machine fewer rounds have to do. */
const LONG_MS = 8_000;
/** Of these the second half is measured: in the first, a program that has just begun is still being compiled. */
const COUNT = 8_000;
const HALF = COUNT / 2;
/** One at a time is slow: fewer will do. */
const FEW = 200;
const WINDOW = 256;
const FAR_MS = 20_000;

/**
 * Shown, never judged: how many orders a second, straight at the server, beside a bare client that waits for each
 * answer and one that does not. Three interleaved rounds, so that what else the machine does meets all; medians.
 */
export async function measure(lab: Lab): Promise<void> {
  const nc = await connect({ servers: lab.server.url, name: "bare client" });
  const rates = { each: [] as number[], bare: [] as number[], producer: [] as number[], worker: [] as number[] };
  try {
    await bare(lab, nc, FEW);
    const begun = performance.now();
    for (let round = 0; round < ROUNDS && (round === 0 || performance.now() - begun < LONG_MS); round++) {
      rates.each.push(await oneByOne(lab, nc));
      rates.bare.push(await bare(lab, nc, COUNT));
      rates.producer.push(await yourProducer(lab));
      rates.worker.push(await yourWorker(lab, nc));
    }
  } finally {
    await nc.close();
  }
  const [each, top, producer, worker] = [rates.each, rates.bare, rates.producer, rates.worker].map(median) as [number, number, number, number];
  lab.note("bars", { "your producer": producer, "your worker": worker, "bare client, one at a time": each, "bare client, a window": top });
  lab.note("scale", { unit: "a second" });
  lab.note("says", `On this machine, past the tap: your producer is ${(producer / each).toFixed(1)} times as fast as a bare client that waits for each PubAck, and ${producer > top ? "no slower than one that does not: the machine is busy, and three runs differ" : `has ${Math.round((100 * producer) / top)} % of what one that does not reaches`}.`);
}

async function oneByOne(lab: Lab, nc: NatsConnection): Promise<number> {
  await fresh(lab);
  const js = jetstream(nc);
  const begun = performance.now();
  for (let n = 0; n < FEW; n++) await js.publish(`orders.placed.eu.${n}`, BODY);
  return perSecond(FEW, performance.now() - begun);
}

/** The ceiling: a window of requests, and nothing else to do. */
async function bare(lab: Lab, nc: NatsConnection, count: number): Promise<number> {
  await fresh(lab);
  const js = jetstream(nc);
  const underWay: Promise<unknown>[] = [];
  const begun = performance.now();
  for (let n = 0; n < count; n++) {
    underWay.push(js.publish(`orders.placed.eu.${n}`, BODY));
    if (underWay.length >= WINDOW) await underWay.shift();
  }
  await Promise.all(underWay);
  return perSecond(count, performance.now() - begun);
}

/** By the server's own clock: when it stored the order in the middle, and the last. */
async function yourProducer(lab: Lab): Promise<number> {
  await fresh(lab);
  await lab.run("producer", { env: { COUNT: String(COUNT), WINDOW: String(WINDOW), NATS_URL: lab.server.url }, within: FAR_MS });
  const { streams } = await lab.jsm();
  const [middle, last] = await Promise.all([HALF, COUNT].map((seq) => streams.getMessage("ORDERS", { seq })));
  return middle && last ? perSecond(COUNT - HALF, last.time.getTime() - middle.time.getTime()) : 0;
}

/** From the order in the middle to the worker's answer. */
async function yourWorker(lab: Lab, nc: NatsConnection): Promise<number> {
  await fresh(lab);
  await fill(lab, lab.orders(COUNT));
  let told = false;
  const answer = nc.subscribe("totals.done", { callback: () => void (told = true) });
  await nc.flush();
  const worker = await lab.start("worker", { env: { COUNT: String(COUNT), NATS_URL: lab.server.url } });
  const { consumers } = await lab.jsm();
  let taken = 0;
  let begun = performance.now();
  for (; taken < HALF && !told && worker.running; await pause(2)) {
    taken = (await consumers.info("ORDERS", "totals").catch(() => undefined))?.ack_floor.stream_seq ?? 0;
    begun = performance.now();
  }
  await lab.until(() => told || !worker.running, { within: FAR_MS, evenIfQuiet: true, expected: "the worker to tell the sum", seen: () => "it did not" });
  const ms = performance.now() - begun;
  answer.unsubscribe();
  return perSecond(COUNT - taken, ms);
}

const BODY = JSON.stringify({ id: "1-placed", orderId: "1", region: "eu", customer: "ada@example.com", sku: "mug", quantity: 1, amountCents: 1999, currency: "EUR", at: "2026-03-01T09:15:00.000Z" });

async function fresh(lab: Lab): Promise<void> {
  await removeStreams(lab);
  await makeOrdersStream(lab);
}

function perSecond(count: number, ms: number): number {
  return Math.round(count / (Math.max(ms, 1) / 1_000));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
