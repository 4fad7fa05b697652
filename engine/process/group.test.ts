import { expect, test } from "vitest";
import { Refusal } from "#engine/files/refusal.ts";
import { allGone, fixture, holds, running } from "./fixtures/help.ts";
import { spawnGroup, type GroupOptions, type ProcessGroup } from "./group.ts";

const linux = process.platform === "linux";

test("output comes as labelled lines, a line without an end at the exit", async () => {
  await using group = script(`process.stdout.write("one\\ntwo\\r\\n"); process.stderr.write("oh"); process.stdout.write("thr\\u00e9e");`);
  await group.exited;
  expect(group.output.lines.filter((line) => line.stream === "out").map((line) => line.text)).toEqual(["one", "two", "thrée"]);
  expect(group.output.text("err")).toBe("oh");
});

test("output keeps a character whole that arrives in two pieces", async () => {
  await using group = script(`const b = Buffer.from("ü\\n"); process.stdout.write(b.subarray(0, 1), () => setTimeout(() => process.stdout.write(b.subarray(1)), 50));`);
  await group.exited;
  expect(group.output.text()).toBe("ü");
});

test("output keeps the last 8 MiB", async () => {
  await using group = script(`for (let i = 0; i < 20_000; i++) process.stdout.write(String(i).padEnd(1_023) + "\\n");`);
  await group.exited;
  const kept = group.output.lines;
  expect(kept.length * 1_024).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(kept.length * 1_024).toBeGreaterThan(6 * 1024 * 1024);
  expect(kept.at(-1)!.text.trim()).toBe("19999");
  expect(group.output.bytes).toBe(20_000 * 1_024);
});

test("exited says the code, or the signal", async () => {
  await using coded = script("process.exit(3)");
  await using killed = script(`process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000);`);
  expect(await coded.exited).toMatchObject({ code: 3, signal: null });
  expect(await killed.exited).toMatchObject({ code: null, signal: "SIGTERM" });
  expect(coded.exit!.limit).toBeUndefined();
});

test("signal() sends SIGTERM to the leader only", async () => {
  await using group = spawnGroup(fixture("deaf-child.mjs"), options({ env: { PATH: process.env.PATH ?? "" } }));
  await line(group, "child is there");
  expect(group.signal("SIGTERM")).toBe(true);
  expect(await group.exited).toMatchObject({ code: 0, signal: null });
  expect(group.output.lines.map((one) => one.text)).toEqual(["child is there", "leader heard"]);
});

test("signal() stops and continues the whole group", async () => {
  await using group = script(`setInterval(() => console.log("tick"), 5);`);
  await line(group, "tick");
  group.signal("SIGSTOP");
  // What was on its way is read first: two looks with nothing new between them.
  await holds("silence", () => silent(group));
  const before = group.output.lines.length;
  group.signal("SIGCONT");
  await holds("a tick after SIGCONT", () => group.output.lines.length > before);
});

test("signal() is false once the process is gone", async () => {
  await using group = script("");
  await group.exited;
  expect(group.signal("SIGTERM")).toBe(false);
  expect(group.signal("SIGKILL")).toBe(false);
});

test("exited does not wait for a grandchild that holds the pipes", async () => {
  await using group = spawnGroup(fixture("family.mjs", "leave"), options());
  expect(await group.exited).toMatchObject({ code: 7 });
  const [inside, outside] = await family(group);
  await allGone([inside]);
  // It had left the group and carries no tag: nobody but the test knows it.
  process.kill(outside, "SIGKILL");
});

test("dispose kills children, and on Linux those that left the group", async () => {
  const group = spawnGroup(fixture("family.mjs"), options({ tag: "GROUP_TEST", env: { GROUP_TEST: `family ${process.pid}` } }));
  const [inside, outside] = await family(group);
  expect(await running([group.pid, inside, outside])).toEqual([group.pid, inside, outside]);
  await group[Symbol.asyncDispose]();
  await allGone(linux ? [group.pid, inside, outside] : [group.pid, inside]);
  if (!linux) process.kill(outside, "SIGKILL");
});

test("cpu() tells a busy loop from waiting", async () => {
  await using busy = spawnGroup(fixture("endless.mjs"), options());
  await using idle = script(`setInterval(() => {}, 1000); console.log("begun");`);
  await Promise.all([line(busy, "begun"), line(idle, "begun")]);
  expect(await busy.cpu(400)).toBeGreaterThan(2 * (await idle.cpu(400)));
});

test("spawnGroup() names the command that is not there", () => {
  expect(() => spawnGroup(["no-such-command"], options())).toThrow(Refusal);
  expect(() => spawnGroup(["no-such-command"], options())).toThrow(/current command is "no-such-command"/);
  expect(() => spawnGroup(fixture("endless.mjs"), { ...options(), cwd: "/no/such/folder" })).toThrow(/the folder to run in is not there/);
});

test("the environment is exactly the one given", async () => {
  await using group = script("console.log(Object.keys(process.env).join())", { env: { ONE: "1" } });
  await group.exited;
  expect(group.output.text()).toBe("ONE");
});

function script(code: string, more: Partial<GroupOptions> = {}): ProcessGroup {
  return spawnGroup([process.execPath, "--input-type=module", "-e", code], options(more));
}

function options(more: Partial<GroupOptions> = {}): GroupOptions {
  return { cwd: import.meta.dirname, env: {}, name: "test", ...more };
}

function line(group: ProcessGroup, text: string): Promise<unknown> {
  return holds(`the line "${text}"`, () => group.output.lines.some((one) => one.text === text));
}

async function family(group: ProcessGroup): Promise<[number, number]> {
  const text = await holds("the pids", () => group.output.lines[0]?.text);
  return text.split(" ").map(Number) as [number, number];
}

let seen = -1;

function silent(group: ProcessGroup): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => {
    const same = seen === group.output.lines.length;
    seen = group.output.lines.length;
    resolve(same);
  }, 50));
}
