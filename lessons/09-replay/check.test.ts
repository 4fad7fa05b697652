import { setTimeout as pause } from "node:timers/promises";
import { headers, nanos } from "@nats-io/transport-node";
import { AckPolicy, jetstream } from "@nats-io/jetstream";
import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { listen, type Heard } from "#engine/lab/listen.ts";
import { makeOrdersStream, readStream, removeStreams, type Stored } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import { keep, makePast, truthOf, type Past } from "./check.data.ts";

/** A program that has ended reading is still for this long before it is said to never end. */
const STILL_MS = 1_500;
/** With new orders all the while nothing is ever still: this is more than ten times what the reading takes. */
const IN_TRAFFIC_MS = 8_000;
/** Consumers that go by themselves within this time are no trace (curriculum: 10 s after the exit). */
const SHORT_LIFE_MS = 10_000;

check("matches-the-truth", async (lab) => {
  const past = await history(lab, 5_000);
  await ends(lab, await lab.start("revenue"), past);
  await sumsAreRight(lab, past);
});

check("again-gives-the-same", async (lab) => {
  const past = await history(lab, 200);
  for (const run of ["first", "second"]) {
    await ends(lab, await lab.start("revenue"), past);
    await sumsAreRight(lab, past, `the ${run} run`);
  }
});

check("since", async (lab) => {
  const heard = await listen(lab, "again.>", "audience");
  // In the body the earlier events are the later ones: only the time of storage gives the right ones.
  await history(lab, 40, (past) => past.map((one) => ({ ...one, event: { ...one.event, at: "2031-03-09T12:00:00.000Z" } })));
  const since = await aMomentLater(lab);
  const later = makePast(lab.random, 30).map((one) => ({ ...one, event: { ...one.event, at: "2026-02-01T12:00:00.000Z" } }));
  await keep(await lab.nats, later);
  await keepWithHeaders(lab);
  const stored = (await readStream(lab) ?? []).filter(({ sequence }) => sequence > 40);
  await replays(lab, heard, { since, stored });
});

check("gaps", async (lab) => {
  const heard = await listen(lab, "again.>", "audience");
  const past = await history(lab, 60, (all) => all.map((one, index) => (index >= 50 ? { ...one, subject: one.subject.replace(/^orders\.\w+/, "orders.paid") } : one)));
  const gone = [1, 2, 30, 58, 60];
  const { streams } = await lab.jsm();
  for (const sequence of gone) await streams.deleteMessage("ORDERS", sequence);
  const left = past.filter((_, index) => !gone.includes(index + 1));
  await ends(lab, await lab.start("revenue"), left);
  await sumsAreRight(lab, left);
  await replays(lab, heard, { since: "2000-01-01T00:00:00.000Z", stored: await readStream(lab) ?? [] });
});

check("empty-stream", async (lab) => {
  const heard = await listen(lab, "again.>", "audience");
  await history(lab, 0);
  await ends(lab, await lab.start("revenue"), []);
  await sumsAreRight(lab, []);
  await replays(lab, heard, { since: "2000-01-01T00:00:00.000Z", stored: [] });
  await nothingIsLeft(lab);
});

check("disturbs-nobody", async (lab) => {
  const heard = await listen(lab, "again.>", "audience");
  const past = await history(lab, 100);
  const before = await aWorkerInTheMiddle(lab);
  await ends(lab, await lab.start("revenue"), past);
  await replays(lab, heard, { since: "2000-01-01T00:00:00.000Z", stored: await readStream(lab) ?? [] });
  const after = await placeOf(lab);
  expect(after === before, { expected: `the consumer payments to stay where it was: ${before}`, seen: after });
  await nothingIsLeft(lab);
});

check("keeps-up", async (lab) => {
  const heard = await listen(lab, "again.>", "audience");
  const past = await history(lab, 300);
  const stored = await readStream(lab) ?? [];
  const traffic = newOrders(lab);
  try {
    await ends(lab, await lab.start("revenue"), past);
    const replay = await lab.start("replay", { args: ["--since", "2000-01-01T00:00:00.000Z", "--to", "again"] });
    await ends(lab, replay, past);
    // It began after revenue had ended, so some of the new orders are history to it, and those before it are in order.
    const subjects = heard.map(({ subject }) => subject.slice("again.".length));
    expect(stored.every(({ subject }, index) => subjects[index] === subject), { expected: `all ${stored.length} events of before, in order`, seen: `${subjects.length} events came again, and not these in this order` });
  } finally {
    await traffic.stop();
  }
  await sumsAreRight(lab, past);
});

diagnose("uses-the-live-consumer", (e) => e.scene.some((event) => event.kind === "pull" && event.consumer === "payments" && isOurs(event.program)));

diagnose("never-ends", (e) => e.facts.still === true);

diagnose("stops-after-first-batch", (e) => Number(e.facts.read ?? 0) > 0 && Number(e.facts.read) < Number(e.facts.there));

diagnose("counts-twice", (e) => e.facts.run === "the second run" && compares(e, (got, wanted) => got === 2 * wanted));

diagnose("float-money", (e) => /[.e]/.test(String(e.facts.value ?? "")));

diagnose("wrong-clock", (e) => (e.check === "since" ? e.facts.chosen === "by the body" : keysOf(e).some((key) => key.startsWith(new Date().toISOString().slice(0, 8)))));

diagnose("leaves-consumer", (e) => e.facts.left !== undefined);

diagnose("counts-every-event", (e) => compares(e, (got, wanted) => got > wanted));

diagnose("changes-the-event", (e) => e.facts.changed === true);

/** A clean server, with a past of `count` events in the stream ORDERS. */
async function history(lab: Lab, count: number, change: (past: Past[]) => Past[] = (same) => same): Promise<Past[]> {
  await removeStreams(lab);
  await makeOrdersStream(lab);
  const past = change(count === 0 ? [] : makePast(lab.random, count));
  await keep(await lab.nats, past);
  return past;
}

/** A program that reads the past ends by itself, with exit code 0. */
async function ends(lab: Lab, program: Handle, past: Past[]): Promise<void> {
  lab.note("program", program.name);
  lab.note("still", true);
  await program.exited(lab.facts.traffic ? { within: IN_TRAFFIC_MS } : { within: 20_000, idle: STILL_MS });
  lab.note("still", false);
  const wanted = program.role === "revenue" ? past.filter(({ subject }) => subject.startsWith("orders.paid.")).length : past.length;
  lab.note("there", wanted);
  lab.note("read", new Set(program.events({ kind: "deliver", stream: "ORDERS" }).map(({ sequence }) => sequence)).size);
  program.mustExitWith(0, "it has read what there was");
}

async function sumsAreRight(lab: Lab, past: Past[], run = "the run"): Promise<void> {
  const truth = truthOf(past);
  const bucket = await bucketNow(lab);
  lab.note("run", run);
  lab.note("truth", truth);
  lab.note("bucket", bucket);
  const keys = [...new Set([...Object.keys(truth), ...Object.keys(bucket)])].toSorted();
  const wrong = keys.find((key) => truth[key] !== bucket[key]);
  if (wrong === undefined) return;
  lab.note("value", bucket[wrong]);
  expect(false, { expected: `revenue ${wrong} to be ${truth[wrong] ?? "absent"} after ${run}`, seen: `the bucket says ${bucket[wrong] ?? "nothing"}; ${keys.filter((key) => truth[key] !== bucket[key]).length} of ${keys.length} keys differ` });
}

/** The whole bucket `revenue`; empty when nobody has made it. */
async function bucketNow(lab: Lab): Promise<Record<string, string>> {
  const stored = await readStream(lab, "KV_revenue") ?? [];
  const found: Record<string, string> = {};
  for (const { subject, text } of stored) found[subject.slice("$KV.revenue.".length)] = text;
  return found;
}

/** Runs replay, and compares what was heard with what is stored: subjects, bytes, headers, order. */
async function replays(lab: Lab, heard: Heard[], { since, stored }: { since: string; stored: Stored[] }): Promise<void> {
  const replay = await lab.start("replay", { args: ["--since", since, "--to", "again"] });
  lab.note("program", "replay");
  lab.note("still", true);
  await replay.exited({ within: 20_000, idle: STILL_MS });
  lab.note("still", false);
  await lab.settled();
  lab.note("there", stored.length);
  lab.note("read", new Set(replay.events({ kind: "deliver", stream: "ORDERS" }).map(({ sequence }) => sequence)).size);
  lab.note("chosen", heard.length > 0 && heard.every(({ text }) => text.includes("2031-03-09")) ? "by the body" : "otherwise");
  expect(heard.length === stored.length, () => ({ expected: `${stored.length} events under again.>, each that was stored since ${since}`, seen: `${heard.length} came`, timeline: replay.events({ kind: "publish" }).slice(-3) }));
  const at = stored.findIndex((one, index) => heard[index]?.subject !== `again.${one.subject}` || !sameEvent(one, heard[index] as Heard));
  lab.note("changed", at >= 0 && heard[at]?.subject === `again.${stored[at]?.subject}`);
  expect(at < 0, () => ({ expected: `event ${at + 1} to come again as again.${stored[at]?.subject}, with the same payload and headers`, seen: `${heard[at]?.subject} with ${JSON.stringify(heard[at]?.headers)} and ${heard[at]?.text.slice(0, 60)}` }));
  replay.mustExitWith(0, "it has played what there was");
}

function sameEvent(stored: Stored, heard: Heard): boolean {
  const wanted = Object.entries(stored.headers).filter(([name]) => !name.startsWith("Nats-"));
  return stored.text === heard.text && wanted.every(([name, values]) => heard.headers[name] === values[0]) && Object.keys(heard.headers).length === wanted.length;
}

/** A moment after the last event and before the next, with room on either side. */
async function aMomentLater(lab: Lab): Promise<string> {
  const { state } = await (await lab.jsm()).streams.info("ORDERS");
  const last = Date.parse(state.last_ts);
  await lab.until(() => Date.now() > last + 120, { evenIfQuiet: true, expected: "time to pass", seen: () => "the clock stands still" });
  return new Date(last + 60).toISOString();
}

/** One more event, with headers of the shop's and one of the server's. */
async function keepWithHeaders(lab: Lab): Promise<void> {
  const [past] = makePast(lab.random, 1);
  const sent = headers();
  sent.set("Correlation-Id", "one journey");
  await jetstream(await lab.nats).publish(past!.subject, `${JSON.stringify(past!.event)} `, { headers: sent, msgID: past!.event.id });
}

/** The live worker's consumer: ten orders handed out, five of them acked. Answers where it stands. */
async function aWorkerInTheMiddle(lab: Lab): Promise<string> {
  const { consumers } = await lab.jsm();
  await consumers.add("ORDERS", { durable_name: "payments", filter_subject: "orders.placed.>", ack_policy: AckPolicy.Explicit, ack_wait: nanos(60_000) });
  const payments = await jetstream(await lab.nats).consumers.get("ORDERS", "payments");
  let taken = 0;
  for await (const message of await payments.fetch({ max_messages: 10, expires: 2_000 })) if (taken++ < 5) await message.ackAck();
  return placeOf(lab);
}

async function placeOf(lab: Lab): Promise<string> {
  const { delivered, ack_floor, num_ack_pending, num_pending } = await (await lab.jsm()).consumers.info("ORDERS", "payments");
  return `delivered up to ${delivered.stream_seq}, acked up to ${ack_floor.stream_seq}, ${num_ack_pending} in hand, ${num_pending} to come`;
}

/** Consumers that stay longer than ten seconds are left behind; shorter-lived ones are waited for. */
async function nothingIsLeft(lab: Lab): Promise<void> {
  const { consumers } = await lab.jsm();
  const others = async () => (await consumers.list("ORDERS").next()).filter(({ name }) => name !== "payments");
  const staying = (await others()).find(({ config }) => (config.inactive_threshold ?? Infinity) > nanos(SHORT_LIFE_MS));
  if (staying) lab.note("left", staying.name);
  expect(!staying, () => ({ expected: "no consumer but payments once the programs have ended", seen: `the server still has ${staying?.name}` }));
  await lab.until(async () => (await others()).length === 0, { within: SHORT_LIFE_MS, evenIfQuiet: true, expected: "no consumer but payments 10 s after the programs have ended", seen: () => "one is still there" });
}

/** Orders that come in all the while, until they are stopped. */
function newOrders(lab: Lab): { stop(): Promise<void> } {
  lab.note("traffic", true);
  let going = true;
  const shop = (async () => {
    const nc = await lab.nats;
    // A few every few milliseconds: always something new, and the machine stays free for the readers.
    for (; going; await pause(5)) await keep(nc, makePast(lab.random, 5).map((one) => ({ ...one, subject: one.subject.replace(/^orders\.\w+/, "orders.placed") })));
  })();
  return { async stop() { going = false; await shop; } };
}

function isOurs(program: string | undefined): boolean {
  return program === "revenue" || program === "replay" || program?.startsWith("revenue#") === true || program?.startsWith("replay#") === true;
}

function compares(e: Evidence, says: (got: number, wanted: number) => boolean): boolean {
  const truth = (e.facts.truth ?? {}) as Record<string, string>;
  const bucket = (e.facts.bucket ?? {}) as Record<string, string>;
  const keys = Object.keys(truth).filter((key) => bucket[key] !== undefined);
  return keys.length > 0 && keys.every((key) => says(Number(bucket[key]), Number(truth[key])));
}

function keysOf(e: Evidence): string[] {
  return Object.keys((e.facts.bucket ?? {}) as Record<string, string>);
}

