import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findServer } from "./find.ts";
import { startServer } from "./start.ts";

const root = join(import.meta.dirname, "../..");
const conf = join(root, "nats-server.conf");

test("nats-server.conf starts a server, with address, ports and store of our own", async () => {
  await using server = await startServer({ config: conf, name: "ours" });
  const facts = await server.get<Varz>("/varz");
  expect(facts).toMatchObject({ server_name: "ours", host: "127.0.0.1", port: server.port, max_payload: 1024 * 1024 });
  expect(facts.jetstream.config).toMatchObject({ max_memory: 256 * 1024 ** 2, max_storage: 1024 ** 3, store_dir: join(server.store, "jetstream") });
});

test("nats-server.conf by hand is a server on 127.0.0.1:4222, monitored on 8222, that keeps streams in .workshop", async () => {
  const { path } = await findServer();
  const tested = spawn(path, ["-c", "nats-server.conf", "-t"], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  const said = await textOf(tested);
  expect(said).toContain("nats-server: configuration file nats-server.conf is valid");
  const settings = (await readFile(conf, "utf8")).replace(/^\s*#.*$/gm, "");
  expect(settings).toMatch(/listen: "127\.0\.0\.1:4222"/);
  expect(settings).toMatch(/http: "127\.0\.0\.1:8222"/);
  expect(settings).toMatch(/store_dir: "\.workshop\/jetstream"/);
});

test("nats-server.conf explains every setting in the lines above it", async () => {
  const lines = (await readFile(conf, "utf8")).split("\n").map((line) => line.trim());
  const bare = lines.filter((line, index) => /^[a-z_]+\s*[:{]/.test(line) && !lines[index - 1]?.startsWith("#"));
  expect(bare).toEqual([]);
});

test("a configuration without a store gets ours on the command line", async () => {
  await using file = await configuration(`listen: "0.0.0.0:4222"\njetstream: enabled\n`);
  await using server = await startServer({ config: file.path });
  expect(await server.get<Varz>("/varz")).toMatchObject({ host: "127.0.0.1", jetstream: { config: { store_dir: join(server.store, "jetstream") } } });
});

test("a configuration's own store is never touched", async () => {
  const theirs = join(tmpdir(), `workshop-theirs-${process.pid}`);
  await using file = await configuration(`# store_dir: "elsewhere"\nlisten: "127.0.0.1:4222"\njetstream { store_dir = '${theirs}', max_file_store: 1MB } # kept\n`);
  await using server = await startServer({ config: file.path });
  expect((await server.get<Varz>("/varz")).jetstream.config).toMatchObject({ store_dir: join(server.store, "jetstream"), max_storage: 1024 ** 2 });
  await expect(stat(theirs)).rejects.toThrow("ENOENT");
});

test("a configuration with a mistake fails with its line and its own name", async () => {
  await using file = await configuration(`listen: "127.0.0.1:4222"\njetstream { store_dir: "x", max_file_store: many }\n`);
  await expect(startServer({ config: file.path })).rejects.toThrow(/before it was ready[\s\S]*mine\.conf:2:/);
});

test("a configuration that is not there is named", async () => {
  await expect(startServer({ config: "no-such.conf" })).rejects.toThrow(/^Cannot read the configuration .*no-such\.conf/);
});

interface Varz {
  server_name: string;
  host: string;
  jetstream: { config: { store_dir: string; max_memory: number; max_storage: number } };
}

async function configuration(text: string): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "workshop-conf-"));
  const path = join(folder, "mine.conf");
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function textOf(child: ReturnType<typeof spawn>): Promise<string> {
  let text = "";
  for await (const chunk of child.stderr ?? []) text += chunk;
  return text;
}
