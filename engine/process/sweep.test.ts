import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claim, noteGroup } from "./claim.ts";
import { allGone, running, temporaryFolder } from "./fixtures/help.ts";
import { RUN_TAG } from "./reaper.ts";
import { KEPT_RUNS, sweep } from "./sweep.ts";

test("sweep() stops and removes what a runner left that is gone", async () => {
  await using root = await temporaryFolder();
  const run = await runFolder(root.path, "left ä");
  await writeFile(join(run, "owner.json"), JSON.stringify({ pid: 4_194_000, birth: "never" }));
  await mkdir(join(run, "store"));
  const [noted, stray] = [sleeper("other"), sleeper("left ä")];
  await noteGroup(run, noted);
  const done = await sweep(root.path);
  await allGone(process.platform === "linux" ? [noted, stray] : [noted]);
  expect(done.join()).toMatch(/^Run left ä, whose runner is gone: stopped [12] process(es)?, removed 3 files and folders$/);
  expect(await readdir(run)).toEqual(["flight.jsonl"]);
  expect(await sweep(root.path)).toEqual([]);
});

test("sweep() leaves a run alone whose runner lives", async () => {
  await using root = await temporaryFolder();
  const run = await runFolder(root.path, "mine");
  await claim(run);
  await writeFile(join(run, "bundle.mjs"), "");
  expect(await sweep(root.path)).toEqual([]);
  expect((await readdir(run)).sort()).toEqual(["bundle.mjs", "flight.jsonl", "owner.json"]);
});

test("sweep() sees through a pid that was given to somebody else", async () => {
  await using root = await temporaryFolder();
  const run = await runFolder(root.path, "reused");
  await writeFile(join(run, "owner.json"), JSON.stringify({ pid: process.pid, birth: "another start time" }));
  const bystander = sleeper("nobody");
  await writeFile(join(run, "groups.jsonl"), `${JSON.stringify({ pid: bystander, birth: "another start time" })}\n{"pid":`);
  await sweep(root.path);
  expect(await readdir(run)).toEqual(["flight.jsonl"]);
  expect(await running([bystander])).toEqual([bystander]);
  process.kill(bystander, "SIGKILL");
});

test("sweep() keeps the last 20 flight records", async () => {
  await using root = await temporaryFolder();
  const total = KEPT_RUNS + 3;
  for (let day = 0; day < total; day++) {
    const run = await runFolder(root.path, `run-${day}`);
    const time = new Date(Date.now() - (day + 1) * 86_400_000);
    await utimes(join(run, "flight.jsonl"), time, time);
    await utimes(run, time, time);
  }
  expect(await sweep(root.path)).toEqual(["Removed 3 old flight records, kept the last 20"]);
  expect(existsSync(join(root.path, ".workshop/run/run-19"))).toBe(true);
  expect(existsSync(join(root.path, ".workshop/run/run-20"))).toBe(false);
});

test("sweep() has nothing to do where nothing ever ran", async () => {
  await using root = await temporaryFolder();
  expect(await sweep(root.path)).toEqual([]);
});

async function runFolder(root: string, id: string): Promise<string> {
  const run = join(root, ".workshop", "run", id);
  await mkdir(run, { recursive: true });
  await writeFile(join(run, "flight.jsonl"), "{}\n");
  return run;
}

function sleeper(run: string): number {
  return spawn("sleep", ["300"], { detached: true, stdio: "ignore", env: { PATH: process.env.PATH, [RUN_TAG]: run } }).pid!;
}
