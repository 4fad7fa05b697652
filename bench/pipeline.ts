/**
 * npm run bench [-- --quick] [-- --only ID]: the reference pipeline (pipeline/) as ratios to the bare client in the same run:
 * its stages, end to end, windows, batches, payloads, workers, replicas, messages, length of the queue. In each round a point
 * and its baseline take turns, so that what else the machine does meets both; the first round does not count.
 */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { Refusal } from "#engine/files/refusal.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import { startCluster } from "#engine/server/cluster.ts";
import { startServer } from "#engine/server/start.ts";
import { main } from "../scripts/lib.ts";
import { GOAL, machine, markdown, svg, type Circumstances, type Measured, type Result, type Spread } from "./pipeline/report.ts";
import type { Given, Took } from "./pipeline/runs.ts";
import { allSeries, type Point, type Series } from "./pipeline/series.ts";

/** Connections for workers beyond the first. */
const MORE = 7;
const results = join(import.meta.dirname, "results");

await main("npm run bench -- [--quick] [--only ID]", async () => {
  const { quick, only } = readArguments();
  const [rounds, count] = quick ? [1, 200] : [5, 2_000];
  const series = allSeries(count).filter(({ id }) => !only || id === only);
  if (series.length === 0) throw new Refusal(`There is no series ${only}. They are ${allSeries(count).map(({ id }) => id).join(", ")}.`, "npm run bench");
  const loadBefore = loadavg()[0] ?? 0;
  await mkdir(join(repositoryRoot, ".workshop"), { recursive: true });
  const folder = await mkdtemp(join(repositoryRoot, ".workshop", "bench-"));
  // Ctrl-C in the middle: the servers go with this process, and the folder as well.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => process.exit(130));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const done: Result[] = [];
  try {
    for (const one of series) done.push(tell(await measure(one, { rounds, count, folder })));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const about: Circumstances = { measuredAt: new Date().toISOString(), rounds, count, server: "2.14.0", load: [loadBefore, loadavg()[0] ?? 0] };
  console.log(`\n${machine(about)}`);
  if (quick) return;
  const all = only ? await beside(done, allSeries(count).map(({ id }) => id)) : done;
  await mkdir(results, { recursive: true });
  await writeFile(join(results, "pipeline.json"), `${JSON.stringify({ ...about, machine: machine(about), goal: GOAL, results: all }, undefined, 2)}\n`);
  await writeFile(join(results, "pipeline.md"), markdown(all, about));
  await writeFile(join(results, "pipeline.svg"), svg(all));
  console.log("Written to bench/results/pipeline.md, pipeline.svg and pipeline.json");
});

/** What was measured anew, among what was measured before, in the order of the report. */
async function beside(anew: Result[], order: string[]): Promise<Result[]> {
  const text = await readFile(join(results, "pipeline.json"), "utf8").catch(() => '{"results":[]}');
  const before = (JSON.parse(text) as { results: Result[] }).results.filter(({ id }) => !anew.some((one) => one.id === id));
  return [...before, ...anew].toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

async function measure(series: Series, { rounds, count, folder }: { rounds: number; count: number; folder: string }): Promise<Result> {
  const { id, title, baseline, goal } = series;
  await using place = id === "replicas" ? await startCluster(3) : await startServer({ store: join(folder, id) });
  const servers = "urls" in place ? place.urls.split(",") : [place.url];
  const connections: NatsConnection[] = await Promise.all(Array.from({ length: 1 + MORE }, () => connect({ servers })));
  const untraced = await connect({ servers, noAsyncTraces: true });
  const [nc, ...more] = connections as [NatsConnection, ...NatsConnection[]];
  const given: Given = { nc, more, untraced, count, window: 256, batch: 512, payload: 200, replicas: 1, workers: 1, length: 0 };
  const points: Measured[] = [];
  try {
    for (const point of series.points) points.push(await take(point, given, rounds));
  } finally {
    await Promise.all([...connections, untraced].map((one) => one.close()));
  }
  return { id, title, baseline, points, ...(goal ? { goal } : {}) };
}

async function take({ label, run, against, given = {}, base = given }: Point, common: Given, rounds: number): Promise<Measured> {
  const pairs: { run: Took; against: Took }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const turns = [async () => run({ ...common, ...given }), async () => against({ ...common, ...base })] as const;
    const [first, second] = round % 2 === 0 ? turns : ([turns[1], turns[0]] as const);
    const [one, other] = [await first(), await second()];
    if (round > 0) pairs.push(round % 2 === 0 ? { run: one, against: other } : { run: other, against: one });
  }
  const rates = { rate: median(pairs.map(({ run }) => run.rate)), against: median(pairs.map(({ against }) => against.rate)) };
  return { label, ...spread(pairs.map(({ run, against }) => run.rate / against.rate)), ...rates, cpu: spread(pairs.map(({ run, against }) => run.cpu / against.cpu)) };
}

function tell(result: Result): Result {
  console.log(`\n${result.title}\n  1.0 is ${result.baseline}`);
  for (const { label, median, least, most, rate, against, cpu } of result.points) {
    console.log(`  ${label.padEnd(20)} ${median.toFixed(2).padStart(6)}  (${least.toFixed(2)} to ${most.toFixed(2)})${" ".repeat(4)}${Math.round(rate)} against ${Math.round(against)} a second    processor time ${cpu.median.toFixed(2)}  (${cpu.least.toFixed(2)} to ${cpu.most.toFixed(2)})`);
  }
  return result;
}

function spread(values: number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function readArguments(): { quick: boolean; only: string | undefined } {
  try {
    const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, only: { type: "string" } } });
    return { quick: values.quick, only: values.only };
  } catch (cause) {
    throw new Refusal(`Cannot read the arguments: ${(cause as Error).message}`, "npm run bench -- [--quick] [--only window]", { cause });
  }
}
