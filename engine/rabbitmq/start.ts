import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { connect } from "amqplib";
import { Refusal } from "#engine/files/refusal.ts";
import { spawnGroup, type ProcessGroup } from "#engine/process/group.ts";
import type { Reaper } from "#engine/process/reaper.ts";
import { findRabbit, rabbitMissing, type RabbitBinary } from "./find.ts";

/** A broker that takes connections at `url` until it is closed. */
export interface Broker extends AsyncDisposable {
  url: string;
  /** What it says about itself: `RabbitMQ 3.10.8`. */
  name: string;
  /** Processes that are ours to end; empty where AMQP_URL names somebody else's broker. */
  groups: readonly ProcessGroup[];
}

/** Erlang starts slowly, and on a busy machine it takes a minute. */
const READY_MS = 120_000;

/**
 * The broker that `AMQP_URL` names, else an installed RabbitMQ, started on loopback with a data folder of its own that
 * goes with it. Throws a `Refusal` when there is none, or when it does not come up within two minutes.
 */
export async function openBroker({ reaper }: { reaper?: Reaper } = {}): Promise<Broker> {
  const given = process.env.AMQP_URL;
  if (given) return { url: given, name: await greet(given).catch(unreachable), groups: [], async [Symbol.asyncDispose]() {} };
  const binary = findRabbit();
  if (!binary) throw rabbitMissing();
  return start(binary, reaper);
}

async function start(binary: RabbitBinary, reaper?: Reaper): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), "workshop-rabbitmq-"));
  reaper?.folder(folder);
  const [port, mapper, between] = await Promise.all([freePort(), freePort(), freePort()]);
  const url = `amqp://127.0.0.1:${port}`;
  const env = await surroundings(folder, { port, mapper, between });
  const common = { cwd: folder, env, ...(reaper ? { reaper } : {}) };
  // The port mapper goes on for ever unless somebody holds it: it is started here, and ends with the broker.
  const epmd = spawnGroup([binary.epmd, "-address", "127.0.0.1", "-port", String(mapper)], { ...common, name: "epmd" });
  const server = spawnGroup([binary.server], { ...common, name: "rabbitmq" });
  const broker = {
    url, name: "RabbitMQ", groups: [server, epmd],
    async [Symbol.asyncDispose]() {
      await Promise.all([server[Symbol.asyncDispose](), epmd[Symbol.asyncDispose]()]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    broker.name = await ready(url, server);
    return broker;
  } catch (error) {
    await broker[Symbol.asyncDispose]();
    throw error;
  }
}

/** Everything in the folder, and every port on loopback: the broker's, the port mapper's, and the one between nodes. */
async function surroundings(folder: string, ports: { port: number; mapper: number; between: number }): Promise<Record<string, string>> {
  await mkdir(join(folder, "home"));
  await writeFile(join(folder, "rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${ports.port}\nlog.console = true\nlog.console.level = error\nlog.file = false\n`);
  await writeFile(join(folder, "plugins"), "[].\n");
  return {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    HOME: join(folder, "home"),
    LANG: "C.UTF-8",
    ERL_EPMD_PORT: String(ports.mapper),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `${basename(folder).toLowerCase().replaceAll(/[^a-z0-9-]/g, "")}@localhost`,
    RABBITMQ_DIST_PORT: String(ports.between),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
    RABBITMQ_MNESIA_BASE: join(folder, "data"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    // Idle schedulers sleep at once instead of spinning: others run on this machine too.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
  };
}

/** Knocks until somebody opens; ends early when the broker does. */
async function ready(url: string, server: ProcessGroup): Promise<string> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    if (server.exit) break;
    const name = await greet(url).catch(() => undefined);
    if (name) return name;
    await Promise.race([server.exited, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  const last = server.output.lines.slice(-6).map(({ text }) => text).join("\n");
  throw new Refusal(`Cannot reach RabbitMQ at ${url}: it ${server.exit ? "has ended" : `was not ready within ${READY_MS / 1000} s`}.\n${last}`, "npm run rabbitmq");
}

function unreachable(cause: Error): never {
  throw new Refusal(`Cannot reach the broker that AMQP_URL names: ${cause.message}`, "unset AMQP_URL, or set it to a broker that answers, then: npm run rabbitmq");
}

async function greet(url: string): Promise<string> {
  const connection = await connect(url);
  const { product = "a broker", version = "" } = connection.connection.serverProperties as { product?: string; version?: string };
  await connection.close();
  return `${product} ${version}`.trim();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
