import { realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Refusal } from "#engine/files/refusal.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import { holds } from "#engine/process/fixtures/help.ts";
import { LIMITS } from "#engine/process/limits.ts";
import { openReaper } from "#engine/process/reaper.ts";
import { printed, workbench } from "./help.fixture.ts";

const TELL = `console.log(JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2), env: process.env }));`;

test("a program runs in the repository with the contract's environment and nothing else of ours", async () => {
  await using bench = await workbench();
  await using reaper = await openReaper();
  const told = JSON.parse(await printed(await bench.start(TELL, { args: ["a b", "$HOME"], env: { NATS_URL: "nats://x" }, name: "worker#2", life: 3, reaper })));
  expect(told.cwd).toBe(realpathSync(repositoryRoot));
  expect(told.args).toEqual(["a b", "$HOME"]);
  expect(told.env).toMatchObject({ NATS_URL: "nats://x", TZ: "UTC", WORKSHOP_RUN: reaper.run, WORKSHOP_PROGRAM: `${reaper.run}/worker#2/3` });
  expect(Object.keys(told.env)).not.toContain("NODE_ENV");
  expect(Object.keys(told.env).filter((name) => !/^(PATH|HOME|TMPDIR|LANG|TZ|NATS_URL|WORKSHOP_\w+)$/.test(name))).toEqual([]);
});

test("start, signal and exit stand in the record", async () => {
  await using bench = await workbench();
  const program = await bench.start(`process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1000); console.log("up");`, { name: "worker#1", life: 2 });
  await holds("the handler", () => program.output.lines.length);
  program.signal("SIGTERM");
  await program.exited;
  expect(program.signal("SIGTERM")).toBe(false);
  const who = { program: "worker#1", life: 2 };
  expect(bench.events).toEqual([{ kind: "start", ...who, note: "worker" }, { kind: "signal", ...who, note: "SIGTERM" }, { kind: "exit", ...who, note: "code 5" }]);
});

test("a limit stands in the record and in the exit", async () => {
  await using bench = await workbench();
  const program = await bench.start("for (;;);", { limits: { ...LIMITS, wallMs: 200 } });
  expect(await program.exited).toMatchObject({ limit: "time", signal: "SIGKILL" });
  expect(bench.events.at(-1)).toMatchObject({ kind: "exit", note: "limit time" });
});

test("a stack trace points to the learner's line, in a path with a space and an umlaut", async () => {
  await using bench = await workbench();
  await bench.write({ "lesson/tief.ts": `interface Long {\n  a: number;\n}\n\nexport function tief(): void {\n  throw new Error("here");\n}` });
  const program = await bench.start(`import { tief } from "./tief.ts";\n\ntief();`, { name: "worker" });
  await program.exited;
  const trace = program.output.text("err");
  expect(trace).toContain(`${join(bench.path, "lesson/tief.ts")}:6:9`);
  expect(trace).toContain(`${join(bench.path, "lesson/worker.ts")}:3:1`);
});

test("--run starts a command without a shell, with {program} and {dir} replaced and the arguments appended", async () => {
  await using bench = await workbench();
  const dir = await bench.write({ "my dir/worker.cjs": TELL });
  const program = await bench.start("", { run: `"${process.execPath}" '{dir}/{program}.cjs' "one two" $HOME ; ls`, name: "worker#1", dir, args: ["last"] });
  const told = JSON.parse(await printed(program));
  expect(told.args).toEqual(["one two", "$HOME", ";", "ls", "last"]);
  expect(told.cwd).toBe(realpathSync(repositoryRoot));
  expect(program.command.slice(0, 2)).toEqual([process.execPath, join(dir, "worker.cjs")]);
});

test("a program under --run 'npx tsx' hears SIGTERM and ends in order", async () => {
  await using bench = await workbench();
  const dir = await bench.write({ "lesson/orderly.ts": `process.on("SIGTERM", () => { console.log("heard"); process.exit(0); });\nsetInterval(() => {}, 1000);\nconsole.log("up");` });
  const program = await bench.start("", { run: "npx tsx '{dir}/{program}.ts'", name: "worker", program: "orderly", dir });
  await holds("the handler", () => program.output.lines.length);
  program.signal("SIGTERM");
  expect(await program.exited).toMatchObject({ code: 0, signal: null });
  expect(program.output.text("out")).toBe("up\nheard");
});

test("--run with a command that is not there is refused", async () => {
  await using bench = await workbench();
  await expect(bench.start("", { run: "no-such-command {program}" })).rejects.toThrow(Refusal);
});
