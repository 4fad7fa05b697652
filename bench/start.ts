/**
 * npm run bench:start: how long a program takes from its start to a subscription that the server lists, in the three
 * ways a program can be started, and from start to exit; and what its calls cost. The rounds are interleaved; read the ratios.
 * What it proves: bundling and waiting processes are worth their code, and so is the flag that keeps V8 from compiling twice.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import { openReaper } from "#engine/process/reaper.ts";
import { NODE } from "#engine/programs/node.ts";
import { openPool, type WarmPool } from "#engine/programs/pool.ts";
import { startProgram, type Program, type ProgramSpec } from "#engine/programs/start.ts";
import { startServer } from "#engine/server/start.ts";

const ROUNDS = Number(process.argv[2] ?? 15);
const WAYS = ["npx tsx", "bundled", "from the pool"] as const;
type Way = (typeof WAYS)[number];

const LISTENER = `import { connect } from "@nats-io/transport-node";
const nc = await connect({ servers: process.env.NATS_URL });
for await (const _ of nc.subscribe(process.env.SUBJECT!)) { /* stays */ }
`;
const VISITOR = `import { connect } from "@nats-io/transport-node";
await (await connect({ servers: process.env.NATS_URL })).close();
`;

await mkdir(join(repositoryRoot, ".workshop"), { recursive: true });
const folder = await mkdtemp(join(repositoryRoot, ".workshop", "bench-"));
await using reaper = await openReaper();
reaper.folder(folder);
await writeFile(join(folder, "listener.ts"), LISTENER);
await writeFile(join(folder, "visitor.ts"), VISITOR);
await using server = await startServer({ jetstream: false, reaper });
await using pool = await openPool(3);

console.log(`median of ${ROUNDS} rounds, ms (ratio to npx tsx)`);
await table("one program to a live subscription", (way, round) => toSubscription(way, 1, round));
await table("three programs to live subscriptions", (way, round) => toSubscription(way, 3, round));
await table("one program that connects and leaves", async (way) => {
  const begun = performance.now();
  await (await start("visitor", way)).exited;
  return performance.now() - begun;
});
await callsTable();
await rm(folder, { recursive: true });

async function table(title: string, measure: (way: Way, round: number) => Promise<number>): Promise<void> {
  const times = new Map<Way, number[]>(WAYS.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) {
      await pool.full();
      times.get(way)!.push(await measure(way, round));
    }
  }
  const medians = WAYS.map((way) => median(times.get(way)!));
  console.log(`\n${title}`);
  for (const [index, way] of WAYS.entries()) console.log(`  ${way.padEnd(14)} ${medians[index]!.toFixed(0).padStart(6)}  ${(medians[index]! / medians[0]!).toFixed(2)}`);
}

/** Processor time of a program that calls the world twelve times, with the flags of `NODE` and without the last. */
async function callsTable(): Promise<void> {
  const world = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
  await once(world, "listening");
  const caller = join(folder, "caller.mjs");
  await writeFile(caller, `for (let call = 0; call < 12; call++) await (await fetch("http://127.0.0.1:${(world.address() as AddressInfo).port}")).text();
setTimeout(() => { const { user, system } = process.cpuUsage(); console.log((user + system) / 1000); process.exit(); }, 300);`);
  const ways = [NODE.slice(0, 2), [...NODE]];
  const times: number[][] = ways.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [node, ...flags]] of ways.entries()) times[index]!.push(Number((await promisify(execFile)(node!, [...flags, caller])).stdout));
  }
  world.close();
  console.log("\ntwelve calls to the world, processor time");
  for (const [index, list] of times.entries()) console.log(`  ${(index === 0 ? "compiled twice" : NODE.at(-1)!).padEnd(14)} ${median(list).toFixed(0).padStart(6)}  ${(median(list) / median(times[0]!)).toFixed(2)}`);
}

async function toSubscription(way: Way, copies: number, round: number): Promise<number> {
  const subject = `bench.${way.replaceAll(" ", "-")}.${copies}.${round}`;
  const begun = performance.now();
  const programs = await Promise.all(Array.from({ length: copies }, () => start("listener", way, { SUBJECT: subject })));
  await listed(subject, copies);
  const took = performance.now() - begun;
  await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
  return took;
}

function start(file: string, way: Way, env: Record<string, string> = {}): Promise<Program> {
  const spec: ProgramSpec = {
    name: file, life: 1, dir: folder, lookIn: [folder], work: join(folder, "work"), reaper,
    env: { NATS_URL: server.url, ...env },
    record: { now: () => performance.now(), add: () => {} },
  };
  // With a flag, npx itself is run as by hand; startProgram would go straight to tsx.
  if (way === "npx tsx") return startProgram({ ...spec, run: "npx --no tsx '{dir}/{program}.ts'" });
  return startProgram({ ...spec, ...(way === "bundled" ? {} : { pool: pool as WarmPool }) });
}

/** Polls the server's own list of subscriptions. */
async function listed(subject: string, copies: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const { connections } = await server.get<{ connections: { subscriptions_list?: string[] }[] }>("/connz?subs=1");
    if (connections.filter((one) => one.subscriptions_list?.includes(subject)).length === copies) return;
  }
  throw new Error(`Waited 30 s for ${copies} subscriptions to ${subject}`);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
