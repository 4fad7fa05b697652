import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { allGone, holds, running } from "#engine/process/fixtures/help.ts";
import { openReaper } from "#engine/process/reaper.ts";
import { printed, workbench, type Workbench } from "./help.fixture.ts";
import { openPool, type WarmPool } from "./pool.ts";
import type { Program } from "./start.ts";

const run = promisify(execFile);

/** Programs that would give a waiting process away if it were not like any other. */
const PROGRAMS: Record<string, string> = {
  "its arguments and environment": `console.log(process.argv.length, process.argv.slice(2), process.execArgv, process.argv[1]!.endsWith(".mjs"), Object.keys(process.env).toSorted(), process.cwd());`,
  "no channel": `console.log(process.send, process.connected, process.channel, process.disconnect);`,
  "a natural end with listeners for messages": `process.on("message", () => {}); process.on("disconnect", () => {}); console.log("end");`,
  "no listeners of others": `console.log(process.listenerCount("SIGTERM"), process.listenerCount("exit"), process.listenerCount("disconnect"), process.listenerCount("uncaughtException"));`,
  "an exit code": `process.exitCode = 7; setTimeout(() => {}, 5);`,
  "process.exit in the middle": `await new Promise((resolve) => setTimeout(resolve, 5)); process.exit(6);`,
  "an await that never comes back": `console.log("before"); await new Promise(() => {});`,
  "an error at the top level": `const a = 1;\nthrow new Error("at the top");`,
  "an error that a handler takes": `process.on("uncaughtException", (error, origin) => { console.log(error.message, origin); process.exit(3); }); throw new Error("taken");`,
  "a rejection that a handler takes": `process.on("unhandledRejection", (reason) => console.log("handled", reason)); void Promise.reject("no");`,
  "an error later": `setTimeout(() => { throw new TypeError("later"); }, 5);`,
  "SIGTERM without a handler": `setInterval(() => {}, 1000); process.kill(process.pid, "SIGTERM");`,
  "an empty standard input": `for await (const chunk of process.stdin) console.log(chunk); console.log("end of input");`,
  "time in UTC and beforeExit": `process.once("beforeExit", () => console.log("leaving")); console.log(new Date(0).getHours(), new Date(0).toString());`,
  "the clients": `import { connect } from "@nats-io/transport-node"; import { jetstream } from "@nats-io/jetstream"; console.log(typeof connect, typeof jetstream);`,
};

test("a program from the pool is like one under plain node", async () => {
  await using bench = await workbench();
  await using pool = await openPool(2);
  for (const [what, source] of Object.entries(PROGRAMS)) {
    const plain = await bench.start(source, { name: "same", args: ["x"], env: { A: "1" } });
    await pool.full();
    const before = pool.waiting;
    const pooled = await bench.start(source, { name: "same", args: ["x"], env: { A: "1" }, pool });
    expect(pool.waiting).toBeLessThan(before);
    expect(await result(pooled), what).toEqual(await result(plain));
  }
});

test("a program gives the same by hand, bundled and from the pool", async () => {
  await using bench = await workbench();
  await using pool = await openPool(1);
  await pool.full();
  await bench.write({ "lesson/greet.ts": `export const greet = (name: string): string => "hello " + name;` });
  const source = `import { headers } from "@nats-io/transport-node";\nimport { greet } from "./greet.ts";\nconsole.log(greet(process.env.WHO!), typeof headers, process.argv.slice(2));\nprocess.exitCode = 4;`;
  const spec = { name: "three", args: ["a"], env: { WHO: "you" } };
  const bundled = await bench.start(source, spec);
  const pooled = await bench.start(source, { ...spec, pool });
  const byHand = await run("npx", ["tsx", join(bench.path, "lesson/three.ts"), "a"], { cwd: repositoryRoot, env: { ...process.env, WHO: "you" } }).catch((error: { code: number; stdout: string }) => error);
  expect(byHand).toMatchObject({ code: 4, stdout: "hello you function [ 'a' ]\n" });
  for (const program of [bundled, pooled]) expect([await printed(program), program.exit!.code]).toEqual(["hello you function [ 'a' ]", 4]);
});

test("an empty pool gives way to a plain start", async () => {
  await using bench = await workbench();
  await using pool = await openPool(0);
  expect(await printed(await bench.start("console.log(1);", { pool }))).toBe("1");
});

test("the pool fills again after a process was taken", async () => {
  await using bench = await workbench();
  await using pool = await openPool(1);
  await pool.full();
  const taken = await bench.start("setInterval(() => {}, 1000);", { pool });
  await pool.full();
  expect(pool.waiting).toBe(1);
  await taken[Symbol.asyncDispose]();
});

test("a waiting process that was killed is not handed out", async () => {
  await using bench = await workbench();
  await using pool = await openPool(1);
  const pids = await waitingPids(pool);
  process.kill(pids[0]!, "SIGKILL");
  expect(await printed(await bench.start("console.log(1);", { pool }))).toBe("1");
});

test("dispose leaves no waiting process", async () => {
  const pool = await openPool(2);
  const pids = await waitingPids(pool);
  expect(await running(pids)).toEqual(pids);
  await pool[Symbol.asyncDispose]();
  await allGone(pids);
});

test("waiting processes follow their owner, and do not keep it alive", async () => {
  for (const end of ["", "process.kill(process.pid, 'SIGKILL');"]) {
    const code = `import { openPool } from ${JSON.stringify(join(import.meta.dirname, "pool.ts"))}; const pool = await openPool(2); await pool.full(); console.log(pool.pids.join()); ${end}`;
    const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"], cwd: repositoryRoot });
    const [text] = (await once(owner.stdout, "data")) as [Buffer];
    await once(owner, "exit");
    const pids = text.toString().trim().split(",").map(Number);
    expect(pids).toHaveLength(2);
    await allGone(pids);
  }
});

test("a program from the pool is under its limits and under the reaper", async () => {
  await using bench = await workbench();
  await using pool = await openPool(2);
  await pool.full();
  const flood = await bench.start(`for (;;) await new Promise((resolve) => process.stdout.write("x".repeat(65_536), resolve));`, { pool });
  expect(await flood.exited).toMatchObject({ limit: "output" });
  const reaper = await openReaper();
  const left = await startAndWait(bench, { pool, reaper });
  await reaper[Symbol.asyncDispose]();
  expect(await left.exited).toMatchObject({ signal: "SIGKILL" });
});

async function startAndWait(bench: Workbench, more: Parameters<Workbench["start"]>[1]): Promise<Program> {
  const program = await bench.start(`console.log("up"); setInterval(() => {}, 1000);`, more);
  await holds("the program to run", () => program.output.lines.length);
  return program;
}

async function waitingPids(pool: WarmPool): Promise<number[]> {
  await pool.full();
  return [...pool.pids];
}

/** What a program did, without what differs between any two starts: the bundle's number, pids, and the loader's frames. */
async function result(program: Program): Promise<unknown> {
  const { code, signal } = await program.exited;
  const text = (stream: "out" | "err"): string => program.output.text(stream).replace(/-\d+-\d+\.mjs/g, ".mjs").replace(/^.*at .*node:internal.*$/gm, "").trimEnd();
  // From Node 22 on the warning points at the await that waits for the program, which in a waiting process is ours.
  const err = text("err").replace(/\n+/g, "\n").replace(/(unsettled top-level await) at [^]*$/, "$1");
  return { code, signal, out: text("out"), err };
}
