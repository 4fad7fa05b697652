// npm run demo:replay: 10,000 old events become a new read model, while a live worker goes on undisturbed.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { nanos } from "@nats-io/transport-node";
import { AckPolicy, DeliverPolicy } from "@nats-io/jetstream";
import pc from "picocolors";
import { addressOf } from "#engine/lab/address.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { openLab } from "#engine/lab/open.ts";
import { subjectOf } from "#engine/lab/orders.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { bars } from "#engine/pictures/bars.ts";
import { startProgram, type Program } from "#engine/programs/start.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { keep, makePast } from "../lessons/09-replay/check.data.ts";
import { main, readFlags } from "./lib.ts";

const USAGE = "npm run demo:replay -- [--events 10000] [--fast]";
const { values: flags } = readFlags(USAGE, { options: { events: { type: "string" }, fast: { type: "boolean" } } });
const EVENTS = Number(flags.events ?? 10_000);
/** How long the worker is watched before, and after, the replay. */
const WATCH_MS = flags.fast ? 500 : 3_000;
/** A live order every so many milliseconds. */
const EVERY_MS = 50;

const look = lookOf(process.stdout);
const live = process.stdout.isTTY === true && !flags.fast;

await main(USAGE, async () => {
  if (!Number.isInteger(EVENTS) || EVENTS < 1) throw new Refusal(`--events is a whole number from 1, and it was ${flags.events}.`, USAGE);
  const lesson = await findLesson("replay");
  await using lab = await openLab(lesson, { from: lesson.solution });
  process.once("SIGINT", () => void lab[Symbol.asyncDispose]().then(() => process.exit(130)));
  say(`\n  ${pc.bold("Read the past")} · ${EVENTS.toLocaleString("en")} events into a new read model, beside a worker that goes on\n`);
  await stock(lab);
  await using worker = await startWorker(lab);
  const orders = liveOrders(lab);
  const before = await watch(lab, "before the replay");
  const { model, seconds } = await replay(lab);
  const after = await watch(lab, "after it");
  await orders.stop();
  say(`  ${pc.dim("worker")}    process ${worker.pid}, the same from first to last`);
  await balance(lab, { model, seconds, before, after, placed: orders.count() });
});

/** The stream with its past, and the worker's durable consumer, which stands at its end. */
async function stock(lab: Lab): Promise<void> {
  const { streams, consumers } = await lab.jsm();
  await streams.add({ name: "ORDERS", subjects: ["orders.>"], storage: "file", allow_direct: true });
  await keep(await lab.nats, makePast(lab.random, EVENTS));
  await consumers.add("ORDERS", { durable_name: "payments", filter_subject: "orders.placed.>", deliver_policy: DeliverPolicy.New, ack_policy: AckPolicy.Explicit, ack_wait: nanos(30_000) });
  say(`  ${pc.dim("stored")}    ${EVENTS.toLocaleString("en")} events in the stream ORDERS`);
}

/** Lesson 8's solution, as a process of its own. */
async function startWorker(lab: Lab): Promise<Program> {
  const { solution } = await findLesson("acks");
  const as = { program: "worker", life: 1 };
  const door = await lab.wire.door({ to: addressOf(lab.server), as });
  const work = join(lab.folder, "programs");
  mkdirSync(work, { recursive: true });
  const env = { NATS_URL: door.url, WORLD_URL: lab.world.door(as), ACK_WAIT_MS: "30000" };
  const worker = await startProgram({ name: "worker", life: 1, file: join(solution, "worker.ts"), dir: solution, lookIn: [solution], work, env, record: lab.record, reaper: lab.reaper });
  await lab.until(() => lab.record.where({ kind: "pull", program: "worker" }).length > 0, { evenIfQuiet: true, within: 20_000, expected: "the worker to ask for orders", seen: () => "it does not" });
  return worker;
}

function liveOrders(lab: Lab): { count(): number; stop(): Promise<void> } {
  let count = 0;
  let going = true;
  const shop = (async () => {
    const nc = await lab.nats;
    for (; going; await pause(EVERY_MS)) {
      const [order] = lab.orders(1);
      if (order) await keep(nc, [{ subject: subjectOf(order), event: order }]);
      count++;
    }
  })();
  return { count: () => count, async stop() { going = false; await shop; } };
}

/** How many orders the worker charges in a second, over a while. */
async function watch(lab: Lab, when: string): Promise<number> {
  const from = charged(lab);
  const begun = performance.now();
  await pause(WATCH_MS);
  const rate = ((charged(lab) - from) / (performance.now() - begun)) * 1000;
  say(`  ${pc.dim("worker")}    ${rate.toFixed(0).padStart(3)} orders charged a second ${when}`);
  return rate;
}

interface Model {
  /** Events by region and kind: `eu paid`. */
  counts: Map<string, number>;
  heard: number;
  /** The worker's rate meanwhile. */
  rate: number;
}

/** Lesson 9's replay.ts plays everything again; a listener folds it into a table it has never had before. */
async function replay(lab: Lab): Promise<{ model: Model; seconds: number }> {
  const model: Model = { counts: new Map(), heard: 0, rate: 0 };
  const nc = await lab.connect("read model");
  nc.subscribe("again.orders.*.*.*", {
    callback: (_error, message) => {
      const [, , kind, region] = message.subject.split(".");
      const key = `${region} ${kind}`;
      model.counts.set(key, (model.counts.get(key) ?? 0) + 1);
      model.heard++;
    },
  });
  await nc.flush();
  const from = charged(lab);
  const begun = performance.now();
  const program = await lab.start("replay", { args: ["--to", "again"] });
  while (program.running) {
    progress(model.heard, performance.now() - begun);
    await pause(100);
  }
  await lab.until(() => model.heard >= EVENTS, { expected: `${EVENTS} events to come again`, seen: () => `${model.heard} came` });
  const seconds = (performance.now() - begun) / 1000;
  model.rate = (charged(lab) - from) / seconds;
  if (live) process.stdout.write("\r\u001B[K");
  say(`  ${pc.dim("replay")}    ${model.heard.toLocaleString("en")} events in ${seconds.toFixed(1)} s`);
  say(`  ${pc.dim("worker")}    ${model.rate.toFixed(0).padStart(3)} orders charged a second during the replay`);
  return { model, seconds };
}

function progress(heard: number, ms: number): void {
  if (!live) return;
  const room = Math.max(10, look.columns - 44);
  const full = Math.min(room, Math.round((heard / EVENTS) * room));
  process.stdout.write(`\r\u001B[K  ${pc.dim("replay")}    ${"█".repeat(full)}${"░".repeat(room - full)} ${heard.toLocaleString("en")}  ${Math.round(heard / (ms / 1000)).toLocaleString("en")}/s`);
}

async function balance(lab: Lab, seen: { model: Model; seconds: number; before: number; after: number; placed: number }): Promise<void> {
  await lab.until(() => charged(lab) >= seen.placed, { expected: `${seen.placed} live orders to be charged`, seen: () => `${charged(lab)} were` });
  const { num_redelivered, num_ack_pending } = await (await lab.jsm()).consumers.info("ORDERS", "payments");
  const others = (await (await lab.jsm()).consumers.list("ORDERS").next()).filter(({ name }) => name !== "payments").length;
  const chart = Object.fromEntries([...seen.model.counts].toSorted(([a], [b]) => a.localeCompare(b)));
  say(`\n  The read model, made from the past alone\n`);
  for (const line of bars(chart, { columns: Math.min(72, look.columns - 4), unit: "events" })) say(`    ${line}`);
  say(`\n  ${pc.bold("Balance")}   ${seen.placed} live orders placed, ${charged(lab)} charged, ${num_redelivered} delivered twice, ${num_ack_pending} in hand`);
  say(`            ${seen.model.heard} events read again, ${others} consumers left behind\n`);
}

function charged(lab: Lab): number {
  return lab.world.ledger.filter(({ service, effect }) => service === "charge" && effect).length;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
