/**
 * npm run bench:brokers [-- --quick]: JetStream against RabbitMQ, with their durability made equal first. Each piece of
 * work runs on all three in turn, in 5 rounds (1 with --quick), so that what else the machine does meets them alike.
 * The figures are ratios to RabbitMQ within a round. What they leave out is printed with them.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { openReaper } from "#engine/process/reaper.ts";
import { openBroker } from "#engine/rabbitmq/start.ts";
import { startServer } from "#engine/server/start.ts";
import { main } from "../scripts/lib.ts";
import { onNats, onRabbit, WINDOW, type Contestant } from "./brokers/work.ts";

const QUICK = process.argv.includes("--quick");
const ROUNDS = QUICK ? 1 : 5;
const WORK = [
  { title: "publish, await each", run: "awaitEach", messages: QUICK ? 20 : 400 },
  { title: `publish, ${WINDOW} on their way`, run: "windowed", messages: QUICK ? 200 : 5_000 },
  { title: "consume and ack each", run: "consume", messages: QUICK ? 200 : 5_000 },
] as const;

const EQUAL = [
  "One server each, one replica each, on the same disk. RabbitMQ: quorum queue, persistent messages, publisher confirms; it",
  "syncs its log to disk before it confirms. NATS: file storage, a PubAck for each; sync_interval always, so that it does",
  "the same. Beside it stands NATS as it comes: it syncs every two minutes, which is another promise.",
];
const LEFT_OUT = [
  "Left out: clusters and replicas, large messages, long backlogs, several producers and consumers, latency, memory, other",
  "clients and other versions (RabbitMQ 4 has changed much since 3.10), routing, and everything that people choose by.",
  "Client and server share this machine's cores, and the clients are JavaScript. It ranks nothing but this work here.",
];

interface Row {
  title: string;
  /** Rate divided by RabbitMQ's in the same round: median, least and most, by contestant. */
  ratios: Record<string, [median: number, least: number, most: number]>;
}

await main("npm run bench:brokers -- [--quick]", async () => {
  const load = loadavg()[0] ?? 0;
  await using reaper = await openReaper();
  console.log("\n  Starting RabbitMQ. Erlang takes its time.");
  await using rabbit = await openBroker({ reaper });
  const folder = await mkdtemp(join(tmpdir(), "workshop-brokers-"));
  reaper.folder(folder);
  const config = join(folder, "always.conf");
  await writeFile(config, `jetstream { store_dir: "store", sync_interval: always }\n`);
  await using always = await startServer({ config, store: join(folder, "always"), reaper });
  await using asItComes = await startServer({ store: join(folder, "default"), reaper });
  const { jetstream } = await always.get<{ jetstream?: { config?: { sync_always?: boolean } } }>("/varz");
  if (!jetstream?.config?.sync_always) throw new Error("nats-server does not sync always, so durability is not equal");
  const contestants = [onRabbit("rabbitmq", rabbit.url), onNats("nats, synced", always.url), onNats("nats as it comes", asItComes.url)];
  const rows: Row[] = [];
  for (const work of WORK) rows.push(await measure(work, contestants));
  console.log(`\n  ${rabbit.name} and nats-server ${(await always.get<{ version: string }>("/varz")).version}, ${ROUNDS === 1 ? "1 round" : `${ROUNDS} rounds`}, load ${load.toFixed(1)} on ${cpus().length} cores\n`);
  console.log(table(rows));
  console.log(`\n${[...EQUAL, "", ...LEFT_OUT].map((line) => `  ${line}`.trimEnd()).join("\n")}\n`);
  if (!QUICK) await keep(rows, { rabbit: rabbit.name, load });
  await rm(folder, { recursive: true, force: true });
});

async function measure({ title, run, messages }: (typeof WORK)[number], contestants: Contestant[]): Promise<Row> {
  // A round that does not count: code is compiled, files are made.
  for (const one of contestants) await one[run](Math.ceil(messages / 5));
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    // Another one begins in each round.
    const order = contestants.map((_, place) => contestants[(place + round) % contestants.length]!);
    for (const one of order) rates.get(one.name)!.push(await one[run](messages));
  }
  const base = rates.get(contestants[0]!.name)!;
  return { title, ratios: Object.fromEntries([...rates].map(([name, all]) => [name, spread(all.map((rate, round) => rate / base[round]!))])) };
}

function spread(values: number[]): [number, number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 2)]!, sorted[0]!, sorted.at(-1)!];
}

function table(rows: Row[]): string {
  const names = Object.keys(rows[0]!.ratios);
  const head = `  ${"rate, RabbitMQ = 1".padEnd(26)}${names.map((name) => name.padEnd(26)).join("")}`;
  const lines = rows.map(({ title, ratios }) => `  ${title.padEnd(26)}${names.map((name) => cell(ratios[name]!).padEnd(26)).join("")}`);
  return [head, ...lines].map((line) => line.trimEnd()).join("\n");
}

function cell([median, least, most]: [number, number, number]): string {
  return least === most ? median.toFixed(2) : `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

async function keep(rows: Row[], { rabbit, load }: { rabbit: string; load: number }): Promise<void> {
  const report = { measuredAt: new Date().toISOString(), node: process.version, cores: cpus().length, loadBefore: load, rabbit, rounds: ROUNDS, window: WINDOW, rows };
  await mkdir(join(import.meta.dirname, "results"), { recursive: true });
  await writeFile(join(import.meta.dirname, "results", "brokers.json"), `${JSON.stringify(report, undefined, 2)}\n`);
}
