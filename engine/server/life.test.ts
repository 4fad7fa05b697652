import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";

test("a runner that is killed leaves neither its server nor its store: the reaper ends both", async () => {
  await using runner = await startRunner("killed");
  expect(existsSync(runner.store)).toBe(true);
  runner.kill();
  await until(() => !isAlive(runner.pid));
  await until(() => !existsSync(dirname(runner.store)));
});

test("a runner that exits without closing leaves no server and no store", async () => {
  await using runner = await startRunner("exits");
  await until(() => !isAlive(runner.pid) && !existsSync(dirname(runner.store)));
});

async function startRunner(how: string): Promise<{ pid: number; store: string; kill(): void } & AsyncDisposable> {
  const child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "runner.fixture.ts"), how], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const told = JSON.parse(line.toString()) as { pid: number; store: string };
  return { ...told, kill: () => void child.kill("SIGKILL"), [Symbol.asyncDispose]: async () => void child.kill("SIGKILL") };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(condition: () => boolean, within = 10_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${condition}`);
    await wait(5);
  }
}
