import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { Heard } from "#engine/lab/listen.ts";
import { readStream, type Stored } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import { truthOf, type Past } from "./check.data.ts";
import { numbersRead, type Traffic } from "./check.traffic.ts";

/** A program that has ended reading is still for this long before it is said to never end. */
const STILL_MS = 1_500;
const WITHIN_MS = 20_000;

/** A program at its reading, and how many messages of its kind there are for it. */
export interface Reader {
  program: Handle;
  there: number;
}

/** A replay: what it is to play, and what somebody who listens has heard. */
export interface Replay extends Reader {
  since: string;
  stored: Stored[];
  heard: Heard[];
}

export async function startRevenue(lab: Lab, past: Past[], env: Record<string, string> = {}): Promise<Reader> {
  return { program: await lab.start("revenue", { env }), there: past.filter(({ subject }) => subject.startsWith("orders.paid.")).length };
}

export async function startReplay(lab: Lab, what: Omit<Replay, keyof Reader>): Promise<Replay> {
  const program = await lab.start("replay", { args: ["--since", what.since, "--to", "again"] });
  return { program, there: what.stored.length, ...what };
}

/** A program that reads the past ends by itself, with exit code 0. */
export async function ends(lab: Lab, { program, there }: Reader): Promise<void> {
  lab.note("program", program.name);
  lab.note("still", true);
  await program.exited({ within: WITHIN_MS, idle: STILL_MS });
  lab.note("still", false);
  noteRead(lab, program, there);
  const tells = program.program.exit?.code === 0 ? [] : program.printed().filter((line) => line.trim() !== "").slice(-1);
  lab.note("last words", tells[0]);
  program.mustExitWith(0, "it has read what there was");
}

/** A program meets a payment that is no JSON. It ends; with which exit code, and with which sums, is its own matter. */
export async function endsSomehow(lab: Lab, { program, there }: Reader): Promise<void> {
  lab.note("program", program.name);
  lab.note("torn", true);
  lab.note("still", true);
  await program.exited({ within: WITHIN_MS, idle: STILL_MS });
  lab.note("still", false);
  noteRead(lab, program, there);
}

/** A program ends while there is always something new: it does not go on asking after the last message of history. */
export async function endsInTraffic(lab: Lab, reader: Reader, traffic: Traffic): Promise<void> {
  const { program } = reader;
  await lab.until(() => !program.running || traffic.goesOn(), {
    within: WITHIN_MS,
    idle: program.idleFor(STILL_MS, WITHIN_MS),
    expected: `${program.name} to end`,
    seen: () => `${program.name} is still running`,
    timeline: () => program.events().slice(-4),
  }).catch((error: unknown) => {
    lab.note("still", true);
    lab.note("program", program.name);
    throw error;
  });
  lab.note("goes on", program.running);
  lab.note("program", program.name);
  noteRead(lab, program, reader.there);
  expect(!program.running, () => ({
    expected: `${program.name} to end with the last event of before it began`,
    seen: `it has read ${numbersRead(program).size} events, there were ${reader.there}, and it goes on`,
    timeline: program.events({ kind: "pull" }).slice(-4),
  }));
  await ends(lab, reader);
}

/** The bucket says what the past says, key by key. */
export async function sumsAreRight(lab: Lab, past: Past[], run = "the run"): Promise<void> {
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

/** Compares what was heard with what is stored: how many, subjects, bytes, headers, order. */
export async function playsAgain(lab: Lab, { program, since, stored, heard }: Replay): Promise<void> {
  await lab.settled();
  lab.note("heard", heard.length);
  lab.note("chosen", heard.length > 0 && heard.every(({ text }) => text.includes("2031-03-09")) ? "by the body" : "otherwise");
  expect(heard.length === stored.length, () => ({ expected: `${stored.length} events under again.>, each that was stored since ${since}`, seen: `${heard.length} came`, timeline: program.events({ kind: "publish" }).slice(-3) }));
  const at = stored.findIndex((one, index) => heard[index]?.subject !== `again.${one.subject}` || !sameEvent(one, heard[index] as Heard));
  lab.note("changed", at >= 0 && heard[at]?.subject === `again.${stored[at]?.subject}`);
  expect(at < 0, () => ({ expected: `event ${at + 1} to come again as again.${stored[at]?.subject}, with the same payload and headers`, seen: `${heard[at]?.subject} with ${JSON.stringify(heard[at]?.headers)} and ${heard[at]?.text.slice(0, 60)}` }));
}

function noteRead(lab: Lab, program: Handle, there: number): void {
  lab.note("there", there);
  lab.note("read", numbersRead(program).size);
}

/** The whole bucket `revenue`; empty when nobody has made it. */
async function bucketNow(lab: Lab): Promise<Record<string, string>> {
  const stored = await readStream(lab, "KV_revenue") ?? [];
  const found: Record<string, string> = {};
  for (const { subject, text } of stored) found[subject.slice("$KV.revenue.".length)] = text;
  return found;
}

function sameEvent(stored: Stored, heard: Heard): boolean {
  const wanted = Object.entries(stored.headers).filter(([name]) => !name.startsWith("Nats-"));
  return stored.text === heard.text && wanted.every(([name, values]) => heard.headers[name] === values[0]) && Object.keys(heard.headers).length === wanted.length;
}
