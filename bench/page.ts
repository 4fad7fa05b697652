/**
 * npm run bench:page [-- --quick]: what an open page costs the pipeline. Each workload runs through the same tap with the
 * page closed and with a page that reads its stream, in 7 interleaved pairs (2 with --quick); the baseline is the closed
 * page of the same pair. The page costs nothing that can be shown when the spread of the ratios has 1 in it.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import { prepare, WORKLOADS } from "./tap/workloads.ts";

const QUICK = process.argv.includes("--quick");
const PAIRS = QUICK ? 2 : 7;

await mkdir(join(repositoryRoot, ".workshop"), { recursive: true });
const folder = await mkdtemp(join(repositoryRoot, ".workshop", "bench-"));
const loadBefore = loadavg()[0] ?? 0;
const child = fork(join(import.meta.dirname, "page", "process.ts"), [folder], { execArgv: ["--import", "tsx"] });
try {
  const [{ nats, page }] = (await once(child, "message")) as [{ nats: string; page: string }];
  await prepare(nats);
  const results = [];
  for (const { title, run, messages } of WORKLOADS) {
    const count = QUICK ? Math.ceil(messages / 20) : messages;
    const ratios: number[] = [];
    await run(nats, Math.ceil(count / 4));
    for (let pair = 0; pair < PAIRS; pair++) {
      const order = pair % 2 === 0 ? [false, true] : [true, false];
      const rates = new Map<boolean, number>();
      for (const open of order) rates.set(open, await (open ? watched(page, () => run(nats, count)) : run(nats, count)));
      ratios.push((rates.get(true) ?? 0) / (rates.get(false) ?? 1));
    }
    const sorted = ratios.sort((a, b) => a - b);
    const [least = 0, median = 0, most = 0] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    results.push({ title, least, median, most });
    console.log(`${title.padEnd(36)} page open / closed  ${median.toFixed(2)}  (${least.toFixed(2)} to ${most.toFixed(2)})  ${least <= 1 && most >= 1 ? "nothing to be seen" : "it shows"}`);
  }
  if (!QUICK) await writeFile(join(import.meta.dirname, "results", "page.json"), `${JSON.stringify({ measuredAt: new Date().toISOString(), node: process.version, cores: cpus().length, loadBefore, pairs: PAIRS, results }, undefined, 2)}\n`);
} finally {
  child.disconnect();
  await once(child, "exit");
  await rm(folder, { recursive: true, force: true });
}

/** Runs something while a page reads the stream of events. */
async function watched<T>(page: string, body: () => Promise<T>): Promise<T> {
  const leave = new AbortController();
  const response = await fetch(`${page}/events`, { signal: leave.signal });
  const reading = (async () => { for await (const _ of response.body ?? []); })().catch(() => {});
  try {
    return await body();
  } finally {
    leave.abort();
    await reading;
  }
}
