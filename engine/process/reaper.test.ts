import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { allGone, fixture, holds, running, temporaryFolder } from "./fixtures/help.ts";
import { spawnGroup } from "./group.ts";
import { openReaper, RUN_TAG } from "./reaper.ts";

const linux = process.platform === "linux";
const strays: number[] = [];

afterEach(() => {
  for (const pid of strays.splice(0)) {
    try { process.kill(pid, "SIGKILL"); } catch { /* gone, as it should be */ }
  }
});

for (const how of ["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`nothing stays behind when the runner dies of ${how}`, async () => {
    await using folder = await temporaryFolder();
    const { runner, pids, run, extra } = await startRunner(folder.path);
    expect(await running(pids)).toEqual(pids);
    runner.kill(how);
    await allGone(linux ? pids : pids.slice(0, 3));
    await holds("the folders to be removed", () => !existsSync(join(run, "store")) && !existsSync(extra));
    expect(existsSync(join(run, "flight.jsonl"))).toBe(true);
    await holds("the marks to be removed", () => !existsSync(join(run, "owner.json")) && !existsSync(join(run, "groups.jsonl")));
  });
}

test("Ctrl-C in the runner's terminal does not end the reaper before its work", async () => {
  await using folder = await temporaryFolder();
  const { runner, pids, extra } = await startRunner(folder.path);
  // What a terminal does: the signal goes to the whole foreground group.
  process.kill(-runner.pid!, "SIGINT");
  await allGone(linux ? pids : pids.slice(0, 3));
  await holds("the folder to be removed", () => !existsSync(extra));
});

test("dispose kills the groups, removes the folders and waits for both", async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, "run ä");
  const reaper = await openReaper({ folder: run });
  const group = spawnGroup(fixture("endless.mjs"), { cwd: folder.path, env: { [RUN_TAG]: reaper.run }, name: "endless", reaper });
  await mkdir(join(run, "store"));
  await reaper[Symbol.asyncDispose]();
  expect(existsSync(run)).toBe(false);
  expect(await group.exited).toMatchObject({ signal: "SIGKILL" });
});

test("forget() spares a group", async () => {
  const reaper = await openReaper();
  const [one, two, three] = [sleeper(), sleeper(), sleeper()];
  for (const pid of [one, two, three]) reaper.group(pid);
  reaper.forget(two);
  await reaper[Symbol.asyncDispose]();
  await allGone([one, three]);
  expect(await running([two])).toEqual([two]);
});

test("folder() refuses a name with a line end", async () => {
  await using reaper = await openReaper();
  expect(() => reaper.folder("/a\nfolder /home")).toThrow(RangeError);
});

test("an open reaper does not keep its runner alive", async () => {
  const code = `import { openReaper } from ${JSON.stringify(join(import.meta.dirname, "reaper.ts"))}; await openReaper(); console.log("open");`;
  const runner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], { stdio: "ignore", cwd: import.meta.dirname });
  expect(await new Promise((resolve) => runner.once("exit", resolve))).toBe(0);
});

/** Starts the fixture; pids are the leader, the endless program, the child in the group and, Linux, the one that left it. */
async function startRunner(path: string): Promise<{ runner: ChildProcess; pids: number[]; run: string; extra: string }> {
  const [run, extra] = [join(path, "run ä"), join(path, "elsewhere ö")];
  await writeFile(join(path, "other"), "stays");
  const runner = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "fixtures/runner.ts"), run, extra], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  let text = "";
  runner.stdout!.on("data", (chunk: Buffer) => { text += chunk.toString(); });
  await holds("the runner's pids", () => text.endsWith("\n"));
  const pids = text.trim().split(" ").map(Number);
  strays.push(...pids, runner.pid!);
  return { runner, pids, run, extra };
}

function sleeper(): number {
  const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
  strays.push(child.pid!);
  return child.pid!;
}
