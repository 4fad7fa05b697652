import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { pictureOf } from "#engine/pictures/catalogue.ts";
import { withoutMarks } from "#engine/lessons/marks.ts";
import { parseCommand } from "./command.ts";
import { parsePart } from "./parse.ts";
import { parseSight } from "./sight.ts";
import { filesOf, lastStateOf } from "./states.ts";
import { readTalk } from "./talk.ts";

const talk = readTalk();
const work = join(repositoryRoot, ".workshop", "run", `talk-types-${process.pid}`);
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("six parts of 3, 4, 6, 5, 4 and 3 minutes, each the sum of its steps", () => {
  expect(talk.parts.map(({ minutes }) => minutes)).toEqual([3, 4, 6, 5, 4, 3]);
  for (const part of talk.parts) expect([part.title, part.steps.reduce((sum, { seconds }) => sum + seconds, 0)]).toEqual([part.title, part.minutes * 60]);
  expect(talk.seconds).toBe(25 * 60);
});

test("every state type-checks", async () => {
  const states = new Map(talk.steps.flatMap(({ code }) => (code ? [[`${code.lesson}-${code.state}`, code]] : [])));
  const files = [...states].flatMap(([name, code]) => [...filesOf(code)].map(([path, text]) => ({ file: join(work, name, path.replace(/^.*\//, "")), text })));
  for (const { file, text } of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(join(work, "tsconfig.json"), JSON.stringify({ extends: join(repositoryRoot, "tsconfig.json"), compilerOptions: { rootDir: repositoryRoot }, include: [], files: files.map(({ file }) => file) }));
  const { stdout } = await promisify(execFile)(join(repositoryRoot, "node_modules/.bin/tsc"), ["-p", work], { cwd: repositoryRoot }).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
  expect(files.length).toBeGreaterThan(20);
});

test("the last state of every lesson on stage is its solution", () => {
  const shown = new Map<string, number>();
  for (const { code } of talk.steps) if (code) shown.set(code.lesson, Math.max(shown.get(code.lesson) ?? 0, code.state));
  for (const [lesson, state] of shown) {
    expect([lesson, state]).toEqual([lesson, lastStateOf(lesson)]);
    for (const [path, text] of filesOf({ lesson, state })) expect(text).toBe(withoutMarks(readFileSync(join(repositoryRoot, path.replace("lessons/", "solutions/")), "utf8")));
  }
});

test("every step that is shown on stage changes what it says it changes", () => {
  for (const { id, code } of talk.steps) if (code) expect([id, [...filesOf(code).keys()].some((path) => path.endsWith(`/${code.file}`))]).toEqual([id, true]);
  const states = talk.steps.flatMap(({ code }) => (code && code.state > 1 ? [code] : []));
  for (const code of states) {
    const shown = talk.steps.find((step) => step.code?.lesson === code.lesson && step.code.state < code.state)?.code;
    if (shown) expect(filesOf(code)).not.toEqual(filesOf(shown));
  }
});

test("a step that shows a program for the first time says which line is to be seen, and the program has it", () => {
  const shown = talk.steps.filter(({ code, view }) => code && view === "code");
  const first = shown.filter(({ code }, index) => !shown.slice(0, index).some((other) => other.code!.lesson === code!.lesson));
  expect(first.filter(({ look }) => look === undefined).map(({ id }) => id)).toEqual([]);
  for (const { id, code, look } of talk.steps.filter((step) => step.look)) {
    const path = [...filesOf(code!).keys()].find((one) => one.endsWith(`/${code!.file}`))!;
    expect(filesOf(code!).get(path), id).toContain(look);
  }
});

test("every picture is in the catalogue", () => {
  for (const { id, picture } of talk.steps) expect([id, picture === "terminal" || pictureOf(picture) !== undefined]).toEqual([id, true]);
});

test("a command is a program, a script, a signal or the outside world, and nothing else", () => {
  expect(parseCommand("`ACK_WAIT_MS=8000 npx tsx lessons/08-acks/worker.ts # worker#2`")).toMatchObject({ kind: "program", name: "worker#2", file: "lessons/08-acks/worker.ts", env: { ACK_WAIT_MS: "8000" }, args: [] });
  expect(parseCommand("`npx tsx lessons/09-replay/replay.ts --to again`")).toMatchObject({ name: "replay", args: ["--to", "again"] });
  expect(parseCommand("`kill -9 worker#1`")).toMatchObject({ kind: "signal", name: "worker#1", signal: "SIGKILL" });
  expect(parseCommand("`world: a charge takes 500 ms`")).toMatchObject({ change: { kind: "takes", service: "charge", ms: 500 } });
  for (const other of ["`rm -rf /`", "npx tsx lessons/a.ts", "`npx tsx ../a.ts`", "`world: ends`"]) expect(parseCommand(other)).toBeUndefined();
});

test("a sight can be judged", () => {
  expect(parseSight("`payments prints / paid$/ 16 times` All of them.")).toMatchObject({ kind: "prints", count: { least: 16, most: 16 }, note: "All of them." });
  expect(parseSight("`charge happens at most 5 times`")).toMatchObject({ count: { least: 0, most: 5 } });
  expect(parseSight("`mail never happens`")).toMatchObject({ count: { least: 0, most: 0 } });
  expect(parseSight("it is fine")).toBeUndefined();
});

test("what is wrong in a part is said with its line", () => {
  const part = (step: string) => () => parsePart(`# Title\n\nminutes: 3\n\n## A step\n\n${step}`, { file: "talk/1-x.md", number: 1 });
  const rest = "\n\n### Slide\n\nA\n\n### Say\n\nB\n";
  expect(part(`- seconds: 20\n- colour: red${rest}`)).toThrow(/talk\/1-x\.md:8 is none of the fields/);
  expect(part(`- seconds: 20\n\n### Say\n\nB\n`)).toThrow(/:5 has no slide/);
  expect(part(`- seconds: 20${rest}\n### Do\n\n- \`rm x\`\n`)).toThrow(/:19 is no command of the talk/);
});

test("the ten minutes of the presenter's guide are ten minutes of steps that exist", () => {
  const guide = readFileSync(join(repositoryRoot, "docs/presenting.md"), "utf8");
  const section = guide.slice(guide.indexOf("## Ten minutes"), guide.indexOf("## Three hours"));
  const ids = [...new Set([...section.matchAll(/\b[1-6]\.\d\b/g)].map(([id]) => id))];
  const seconds = ids.map((id) => talk.steps.find((step) => step.id === id)?.seconds ?? Number.NaN);
  expect(ids.length).toBeGreaterThan(8);
  expect(seconds.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(600);
});
