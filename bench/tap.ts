/**
 * npm run bench:tap [-- --quick]: what the tap costs. Every workload runs past the tap and through it in turn, in 7
 * interleaved pairs (2 with --quick), so that what else the machine does meets both; read the ratios.
 * What it decides: whether windowed publishing and batched consuming keep at least 95 % of their rate. The load of the
 * machine is kept beside the figures: on a busy one, tap, server and client take each other's cores and the ratio is no verdict.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import { startServer } from "#engine/server/start.ts";
import { prepare, WORKLOADS, type Workload } from "./tap/workloads.ts";

const QUICK = process.argv.includes("--quick");
const PAIRS = QUICK ? 2 : 7;
const PROMISE = 0.95;
/** With a higher load average before the run, others had a part in the figures. */
const BUSY = cpus().length / 4;

interface Result {
  title: string;
  promised: boolean;
  /** Messages a second. */
  past: Rates;
  through: Rates;
  /** Through the tap divided by past it, pair by pair. */
  ratio: Rates;
}

interface Rates {
  median: number;
  least: number;
  most: number;
}

await mkdir(join(repositoryRoot, ".workshop"), { recursive: true });
const folder = await mkdtemp(join(repositoryRoot, ".workshop", "bench-"));
const loadBefore = loadavg()[0] ?? 0;
const server = await startServer({ store: join(folder, "store") });
const tap = fork(join(import.meta.dirname, "tap", "process.ts"), [String(server.port), join(folder, "flight.jsonl")], { execArgv: ["--import", "tsx"] });
try {
  const results = await measureAll({ past: server.url, through: await urlOf(tap) });
  console.log(table(results));
  if (loadBefore > BUSY) console.log(`The machine was busy before this run began (load average ${loadBefore.toFixed(1)} on ${cpus().length} cores): run it again on a quiet one`);
  if (!QUICK) await keep(results);
  process.exitCode = results.every(isKept) || QUICK ? 0 : 1;
} finally {
  tap.disconnect();
  await once(tap, "exit");
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

async function urlOf(tap: ChildProcess): Promise<string> {
  const [message] = (await once(tap, "message")) as [{ port: number }];
  return `nats://127.0.0.1:${message.port}`;
}

async function measureAll(urls: { past: string; through: string }): Promise<Result[]> {
  await prepare(urls.past);
  const results: Result[] = [];
  for (const workload of WORKLOADS) results.push(await measure(workload, urls));
  return results;
}

async function measure(workload: Workload, urls: { past: string; through: string }): Promise<Result> {
  const messages = QUICK ? Math.ceil(workload.messages / 20) : workload.messages;
  const rates: Record<keyof typeof urls, number[]> = { past: [], through: [] };
  // One round that does not count: code is compiled and files are made.
  for (const url of Object.values(urls)) await workload.run(url, Math.ceil(messages / 4));
  for (let pair = 0; pair < PAIRS; pair++) {
    const order = pair % 2 === 0 ? (["past", "through"] as const) : (["through", "past"] as const);
    for (const way of order) rates[way].push(await workload.run(urls[way], messages));
  }
  const ratios = rates.past.map((rate, pair) => (rates.through[pair] ?? 0) / rate);
  return { title: workload.title, promised: workload.promised, past: spread(rates.past), through: spread(rates.through), ratio: spread(ratios) };
}

function spread(values: number[]): Rates {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 };
}

function isKept(result: Result): boolean {
  return !result.promised || result.ratio.median >= PROMISE;
}

async function keep(results: Result[]): Promise<void> {
  const report = { measuredAt: new Date().toISOString(), node: process.version, cores: cpus().length, loadBefore, pairs: PAIRS, promise: PROMISE, results };
  await mkdir(join(import.meta.dirname, "results"), { recursive: true });
  await writeFile(join(import.meta.dirname, "results", "tap.json"), `${JSON.stringify(report, undefined, 2)}\n`);
}

function table(results: Result[]): string {
  const rate = (value: number) => Math.round(value).toLocaleString("en").padStart(9);
  const ratio = ({ median, least, most }: Rates) => `${median.toFixed(2)}  (${least.toFixed(2)} to ${most.toFixed(2)})`;
  const lines = results.map((result) => [
    result.title.padEnd(36), rate(result.past.median), rate(result.through.median), "  ", ratio(result.ratio), "  ",
    result.promised ? `${isKept(result) ? "keeps" : "BREAKS"} the promise of ${PROMISE}` : "reported, not promised",
  ].join(" "));
  const head = `messages a second, median of ${PAIRS} pairs${" ".repeat(4)} past  through     ratio (least to most)`;
  return [head, ...lines].join("\n");
}
