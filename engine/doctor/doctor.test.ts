import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { fakeServer } from "#engine/server/release.fixture.ts";
import { freePorts } from "#engine/server/ports.ts";
import { lookAtClock } from "./clock.ts";
import { judgeDisk, lookAtDisk } from "./disk.ts";
import { conclusion, examine, exitCodeOf, findingLines } from "./doctor.ts";
import { note, ok, problem, type Finding, type Surroundings } from "./finding.ts";
import { judgeSpeed, lookAtNode } from "./node.ts";
import { lookAtEditor } from "./editor.ts";
import { lookAtPlatform } from "./platform.ts";
import { lookAtProxy } from "./proxy.ts";
import { lookAtPort } from "./ports.ts";
import { lookAtServer } from "./server.ts";
import { hereAndNow } from "./surroundings.ts";
import { lookAtWatching } from "./watching.ts";

test("npm run doctor finds that the workshop can run here, without colour in a pipe", async () => {
  const { stdout } = await doctor({ NO_COLOR: "1" });
  expect(stdout).not.toContain("\u001b");
  expect(stdout).toMatch(/^ {2}ok {7}nats-server 2\.14\.0 from \.workshop\/bin\/nats-server, sha256 [0-9a-f]{12}…, verified$/m);
  expect(stdout).toMatch(/^ {2}ok {7}it starts in \d+ ms, on 127\.0\.0\.1 only/m);
  expect(stdout).toMatch(/^The workshop can run(, with \d notes?)?\.$/m);
});

test("npm run doctor exits with 2 when there is no usable server, and says what to type", async () => {
  const failed = await doctor({ NATS_SERVER_BIN: "/no/such/server", NO_COLOR: "1" }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 2, stdout: expect.stringContaining("problem  Cannot use NATS_SERVER_BIN") });
  expect(failed).toMatchObject({ stdout: expect.stringMatching(/→ unset NATS_SERVER_BIN[\s\S]*cannot run yet: 1 problem to solve\./) });
});

test("npm run doctor into a pipe that is closed early ends without a stack", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/doctor.ts"], { cwd: (await hereAndNow()).root });
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  child.stdout.once("data", () => child.stdout.destroy());
  await new Promise((resolve) => child.once("close", resolve));
  expect(errors).toBe("");
});

test("the platform: bare Windows is told to use WSL and asked nothing more", async () => {
  const findings: Finding[] = [];
  for await (const finding of examine(await surroundings({ system: "windows" }))) findings.push(finding);
  expect(findings).toEqual([expect.objectContaining({ level: "problem", remedy: expect.stringContaining("wsl --install") })]);
  expect(exitCodeOf(findings)).toBe(2);
});

test("the platform: a Windows drive under WSL is noted", async () => {
  expect(await lookAtPlatform(await surroundings({ system: "wsl", root: "/mnt/c/Users/ada/workshop" }))).toMatchObject({ level: "note" });
  expect(await lookAtPlatform(await surroundings({ system: "wsl", root: "/home/ada/workshop" }))).toEqual(ok(`Linux inside Windows (WSL), ${process.arch}`));
});

test("Node: an old version is a problem with a remedy of the system's own", async () => {
  expect(await lookAtNode(await surroundings({ nodeVersion: "20.18.3", system: "darwin" }))).toEqual(problem("Node 20.18.3: 20.19.0 or later is required", "brew install node@22"));
  expect(await lookAtNode(await surroundings({ nodeVersion: "24.1.0" }))).toMatchObject({ level: "ok" });
});

test.each([
  [70, 1, "ok", undefined],
  [200, 1, "note", "export WORKSHOP_PATIENCE=2"],
  [900, 2, "note", "export WORKSHOP_PATIENCE=3"],
  [200, 2, "ok", undefined],
])("speed: a start of %d ms with patience %d is %s", (ms, patience, level, remedy) => {
  const finding = judgeSpeed(ms, patience);
  expect([finding.level, finding.remedy]).toEqual([level, remedy]);
});

test("disk: much is well, little is noted, nearly nothing is a problem", async () => {
  expect([judgeDisk(50e9), judgeDisk(1e9), judgeDisk(1e8)].map(({ level }) => level)).toEqual(["ok", "note", "problem"]);
  expect((await lookAtDisk(await hereAndNow())).text).toMatch(/^\d+\.\d GB free/);
});

test("clock: one that is years behind the files is noted, with WSL's own remedy", async () => {
  expect(await lookAtClock(await surroundings({ now: () => 0, system: "wsl" }))).toMatchObject({ level: "note", text: expect.stringContaining("1970-01-01T00:00:00Z"), remedy: expect.stringContaining("hwclock") });
});

test("clock: one that jumps while it is watched is noted", async () => {
  let asked = 0;
  const now = () => Date.now() + asked++ * 60_000;
  expect((await lookAtClock(await surroundings({ now }))).text).toMatch(/^the clock jumped by \d{5,6} ms while/);
});

test("ports: a free one is well, a held one names its holder and how to stop it", async () => {
  const [free = 0] = await freePorts(1);
  expect(await lookAtPort(free, { use: "test", house: undefined, system: "linux" })).toEqual(ok(`port ${free} (test) is free`));
  await using held = await holding();
  const finding = await lookAtPort(held.port, { use: "test", house: undefined, system: "linux" });
  expect(finding).toMatchObject({ level: "note", text: expect.stringContaining(`is held by process ${process.pid}`), remedy: expect.stringContaining(`kill ${process.pid}`) });
});

test("ports: the workshop's own are well", async () => {
  await using held = await holding();
  const house = { pid: 4711, ports: [held.port] };
  expect(await lookAtPort(held.port, { use: "test", house, system: "linux" })).toEqual(ok(`port ${held.port} (test) is the workshop itself: npm start, process 4711`));
});

test("the server: a missing one is a problem that says what was tried; nothing is fetched", async () => {
  const root = await mkdtemp(join(tmpdir(), "workshop-doctor-"));
  const [finding] = await lookAtServer(await surroundings({ root, env: { PATH: "" } }));
  expect(finding).toMatchObject({ level: "problem", remedy: expect.stringContaining("npm run postinstall") });
  expect(finding?.text).toMatch(/\.workshop\/bin +nothing there yet[\s\S]*PATH +no nats-server there[\s\S]*nothing was fetched/);
  await rm(root, { recursive: true });
});

test("the server: bytes that are not the fetched ones are a problem", async () => {
  const root = await mkdtemp(join(tmpdir(), "workshop-doctor-"));
  await mkdir(join(root, ".workshop/bin"), { recursive: true });
  await fakeServer(join(root, ".workshop/bin/nats-server"), "2.14.0");
  await writeFile(join(root, ".workshop/bin/nats-server.json"), JSON.stringify({ version: "2.14.0", source: "npm", sha256: "0".repeat(64), size: 0, mtimeMs: 0 }));
  const findings = await lookAtServer(await surroundings({ root, env: { PATH: "" } }));
  expect(findings[0]).toMatchObject({ level: "problem", text: expect.stringMatching(/changed since it was fetched, sha256 required 0{64}, found [0-9a-f]{64}/) });
  await rm(root, { recursive: true });
});

test("a look that throws is a problem, and the others still look", async () => {
  const findings: Finding[] = [];
  const looks = [async function lookAtNothing(): Promise<Finding> { throw new Error("no idea"); }, async () => ok("fine")];
  for await (const finding of examine(await hereAndNow(), looks)) findings.push(finding);
  expect(findings).toEqual([problem("lookAtNothing could not look: no idea", "npm ci"), ok("fine")]);
});

test("the report: words carry the level, colour is only added", () => {
  const finding = note("two\nlines", "do this\nor that");
  expect(findingLines(finding, false)).toBe("  note     two\n           lines\n           → do this\n           → or that");
  const coloured = findingLines(finding, true);
  expect(coloured).not.toBe(findingLines(finding, false));
  expect(stripVTControlCharacters(coloured)).toBe(findingLines(finding, false));
  expect(conclusion([ok("a"), finding])).toBe("The workshop can run, with 1 note.");
  expect(conclusion([problem("a", "b"), problem("a", "b")])).toBe("The workshop cannot run yet: 2 problems to solve.");
});

async function surroundings(facts: Partial<Surroundings>): Promise<Surroundings> {
  return { ...(await hereAndNow()), system: "linux", ...facts };
}

async function doctor(env: Record<string, string>): Promise<{ stdout: string }> {
  const { FORCE_COLOR: _, ...inherited } = process.env;
  return promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/doctor.ts"], { cwd: (await hereAndNow()).root, env: { ...inherited, ...env } });
}

async function holding(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}

test("the watching of files: where events do not arrive it is noted, with a way out", async () => {
  expect(await lookAtWatching(await surroundings({ env: { WORKSHOP_WATCH: "deaf" }, system: "wsl" }))).toMatchObject({ level: "note", remedy: expect.stringContaining("Linux file system") });
});

test("a proxy that would stand between curl and this machine is noted", async () => {
  expect(await lookAtProxy(await surroundings({ env: { HTTPS_PROXY: "http://proxy:8080" } }))).toMatchObject({ level: "note", remedy: "export NO_PROXY=127.0.0.1,localhost" });
  expect(await lookAtProxy(await surroundings({ env: { HTTPS_PROXY: "http://proxy:8080", NO_PROXY: "localhost" } }))).toMatchObject({ level: "ok" });
});

test("the editor is the one that is named", async () => {
  expect(await lookAtEditor(await surroundings({ env: { EDITOR: "code-insiders -w" } }))).toEqual(ok("the key e opens code-insiders -w"));
});
