import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allGone, fixture, holds, temporaryFolder } from "./fixtures/help.ts";
import { spawnGroup, type ProcessGroup } from "./group.ts";
import { LIMITS, NO_LIMITS, type Limits } from "./limits.ts";

const MIB = 1024 * 1024;

test("a flood is stopped by the limit per second", async () => {
  await using group = limited(fixture("flood.mjs"));
  expect(await group.exited).toMatchObject({ limit: "output", signal: "SIGKILL", detail: "wrote more than 1 MiB in one second" });
  expect(group.output.bytes).toBeLessThan(3 * MIB);
  await allGone([group.pid]);
});

test("a flood without line ends is stopped as well", async () => {
  await using group = limited(fixture("flood.mjs", "endless-line"));
  expect(await group.exited).toMatchObject({ limit: "output" });
  expect(group.output.lines.length).toBeGreaterThan(1);
});

test("a long trickle is stopped by the limit in all", async () => {
  await using group = limited(fixture("trickle.mjs"), { outputBytesPerSecond: Infinity });
  expect(await group.exited).toMatchObject({ limit: "output", detail: "wrote more than 8 MiB" });
});

test("a program that hoards memory is stopped", async () => {
  await using group = limited(fixture("hog.mjs"));
  expect(await group.exited).toMatchObject({ limit: "memory", signal: "SIGKILL", detail: "used more than 512 MiB of memory" });
});

test("a program that starts child after child is stopped with all of them", async () => {
  await using group = limited(fixture("fork-loop.mjs"));
  expect(await group.exited).toMatchObject({ limit: "processes", detail: "started more than 32 processes" });
  const children = group.output.lines.map((line) => Number(line.text));
  // The last child may not have been printed yet.
  expect(children.length).toBeGreaterThanOrEqual(32);
  await allGone([group.pid, ...children]);
});

test("an endless loop is stopped by the wall clock", async () => {
  await using group = limited(fixture("endless.mjs"), { wallMs: 300 });
  expect(await group.exited).toMatchObject({ limit: "time", detail: "ran longer than 0.3 s" });
  await allGone([group.pid]);
});

test("a limit on time that begins again lasts as long from there", async () => {
  await using group = limited(fixture("endless.mjs"), { wallMs: 500 });
  const begun = performance.now();
  const renewing = setInterval(() => {
    if (performance.now() - begun < 1_000) group.renew();
  }, 50);
  const { limit, at } = await group.exited;
  clearInterval(renewing);
  expect(limit).toBe("time");
  expect(at - begun).toBeGreaterThan(1_200);
});

test("a file grows no further than its limit", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "big");
  await using group = limited(fixture("big-file.mjs", file), { fileBytes: 2 * MIB });
  expect(await group.exited).toMatchObject({ code: 1, signal: null });
  expect(group.output.text("err")).toContain("EFBIG");
  expect((await stat(file)).size).toBeLessThanOrEqual(2 * MIB);
});

test("NO_LIMITS lets a flood and a crowd pass", async () => {
  await using flood = limited(fixture("flood.mjs"), NO_LIMITS);
  await using crowd = limited(fixture("fork-loop.mjs"), NO_LIMITS);
  await holds("20 MiB of output", () => flood.output.bytes > 20 * MIB);
  await holds("all 60 children", () => crowd.output.lines.length === 60);
  expect([flood.exit, crowd.exit]).toEqual([undefined, undefined]);
});

function limited(command: string[], limits: Partial<Limits> = {}): ProcessGroup {
  return spawnGroup(command, { cwd: import.meta.dirname, env: { PATH: process.env.PATH ?? "" }, name: "test", limits: { ...LIMITS, ...limits } });
}
