// npm run cluster: three nats-servers that share streams, and the world; keys kill a server and start it again.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { openHouseFile } from "#engine/house/lock.ts";
import { heldBy } from "#engine/house/ports.ts";
import { streamsAt } from "#engine/lab/servers.ts";
import { openReaper } from "#engine/process/reaper.ts";
import { openRecord } from "#engine/record/flight.ts";
import { startCluster, type Cluster } from "#engine/server/cluster.ts";
import { isFree, nextFree, whoHas } from "#engine/server/ports.ts";
import type { NatsServer } from "#engine/server/start.ts";
import { openWorld } from "#engine/world/world.ts";
import { main, numberFlag, readFlags } from "./lib.ts";

const USAGE = "npm run cluster -- [--port 4322]";
/** The house has 4222, so that both can be open. */
const CLIENTS = 4322;
const MONITOR_FROM_CLIENT = 4_000;
const LOOK_MS = 250;
const CTRL_C = String.fromCharCode(3);

await main(USAGE, async () => {
  const ports = await portsFrom(readPort());
  const closing = keysAndSignals();
  const folder = join(workshopRoot(), ".workshop", "run", `cluster-${Date.now().toString(36)}`);
  mkdirSync(folder, { recursive: true });
  await using reaper = await openReaper({ folder });
  await using record = openRecord({ file: join(folder, "flight.jsonl"), lesson: "cluster" });
  const house = openHouseFile();
  await using world = house ? undefined : await openWorld({ record, port: await nextFree(4280) });
  const worldUrl = world?.url ?? `http://127.0.0.1:${house?.ports.page}/world`;
  await using cluster = await startCluster(3, { reaper, ports, monitors: ports.map((port) => port + MONITOR_FROM_CLIENT) });
  console.log(`\n  Three servers are one cluster. In the terminals of your programs:\n`);
  console.log(pc.yellow(`  export NATS_URL=${cluster.urls}`));
  if (worldUrl !== "http://127.0.0.1:4280/world") console.log(pc.yellow(`  export WORLD_URL=${worldUrl}`));
  console.log(`\n  ${cluster.servers.map(({ name, monitor }, index) => `${index + 1}  ${name}, monitoring ${monitor}`).join("\n  ")}`);
  console.log(`\n  ${process.stdin.isTTY ? "1 2 3 kills that server, or starts it again  ·  " : ""}Ctrl-C stops all\n`);
  await follow(cluster, closing);
  console.log("\n  Stopping.");
});

function readPort(): number {
  const { values } = readFlags(USAGE, { options: { port: { type: "string", default: String(CLIENTS) } } });
  return numberFlag(USAGE, "--port", values.port, { from: 1_024, to: 61_000, whole: true });
}

async function portsFrom(first: number): Promise<number[]> {
  const ports = [first, first + 1, first + 2];
  for (const port of [...ports, ...ports.map((port) => port + MONITOR_FROM_CLIENT)]) {
    if (await isFree(port)) continue;
    throw new Refusal(`Cannot start the cluster as port ${port} must be free: ${heldBy(await whoHas(port))} listens on it.`, `npm run cluster -- --port ${first + 100}`);
  }
  return ports;
}

/** What a person types: `key` is told of 1, 2 and 3, `over` settles at Ctrl-C, q or a signal. */
interface Closing {
  over: Promise<void>;
  key(listener: (number: number) => void): void;
}

function keysAndSignals(): Closing {
  let tell: (number: number) => void = () => {};
  const { stdin } = process;
  const over = new Promise<void>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
    if (!stdin.isTTY) return;
    stdin.setRawMode(true).setEncoding("utf8").on("data", (typed: string) => {
      if (typed.includes("q") || typed.includes(CTRL_C)) resolve();
      for (const digit of typed.match(/[123]/g) ?? []) tell(Number(digit));
    });
  });
  void over.then(() => {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  });
  return { over, key: (listener) => void (tell = listener) };
}

/** Says who is there and who leads, whenever that changes, until the end. */
async function follow(cluster: Cluster, closing: Closing): Promise<void> {
  const said = new Map<string, string>();
  const say = (about: string, words: string) => {
    if (said.get(about) === words) return;
    if (said.has(about) || words !== "") console.log(`  ${pc.dim(new Date().toTimeString().slice(0, 8))}  ${words}`);
    said.set(about, words);
  };
  closing.key((number) => void turn(cluster.servers[number - 1]!, say).catch((error: unknown) => say("trouble", pc.red((error as Error).message))));
  const look = async () => {
    const streams = await streamsAt(cluster.servers);
    for (const { name, leader } of streams) say(name, leader ? `${leader} leads ${name}` : pc.yellow(`nobody leads ${name}`));
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  await closing.over;
  clearInterval(timer);
}

async function turn(server: NatsServer, say: (about: string, words: string) => void): Promise<void> {
  if (server.state === "running") {
    await server.kill();
    say(server.name, pc.red(`${server.name} is killed (SIGKILL)`));
    return;
  }
  await server.restart();
  say(server.name, pc.green(`${server.name} runs again, on what it had stored`));
}
