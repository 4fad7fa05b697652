import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { anyThreadAtWork, motionOf } from "./motion.ts";

/** A node process that runs a line of code once it has said so. */
async function node(code: string) {
  const child = spawn(process.execPath, ["-e", `const { Worker } = require("node:worker_threads"); console.log("up"); ${code}`], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  return { pid: child.pid!, [Symbol.asyncDispose]: async () => void (child.kill("SIGKILL") && (await once(child, "exit"))) };
}

test.runIf(process.platform === "linux")("a thread at work is seen while the main thread sleeps", async () => {
  await using program = await node(`new Worker("for (;;);", { eval: true }); setInterval(() => {}, 1e6);`);
  await expect.poll(() => motionOf(program.pid)?.runnable === false && anyThreadAtWork(program.pid), { timeout: 10_000 }).toBe(true);
});

test.runIf(process.platform === "linux")("a process that waits for nothing but time is not at work", async () => {
  await using program = await node("setInterval(() => {}, 1e6);");
  await expect.poll(() => anyThreadAtWork(program.pid), { timeout: 10_000 }).toBe(false);
});

test("a process that is gone is not at work", () => {
  expect(anyThreadAtWork(2 ** 30)).toBe(false);
});
