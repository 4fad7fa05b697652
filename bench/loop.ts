/**
 * npm run bench:loop -- [--saves 200] [--lesson 2]: from the save of a file to the verdict on the screen, as a learner
 * sees it: `npm start` in a pseudo-terminal, real saves, the screen read until it says how it came out. Saves of the
 * solution and of a wrong program take turns. The baseline in the same run is the start of an empty node process, which
 * is measured after every fourth save: read the ratio, the milliseconds are this machine's. Results: results/loop.json.
 * What it proves: for a lesson without load the verdict comes within a small multiple of what starting a process costs.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { repositoryRoot } from "#engine/files/root.ts";
import { attemptsOf } from "#engine/lessons/attempts.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { withoutMarks } from "#engine/lessons/marks.ts";
import { freePlace, Terminal } from "../test/fixtures/terminal.ts";

const { values } = parseArgs({ options: { saves: { type: "string" }, lesson: { type: "string" } } });
const PAUSE_MS = 2_000;
const saves = Number(values.saves ?? 200);
const lesson = await findLesson(values.lesson ?? "2");
const wrong = attemptsOf(lesson).find((attempt) => attempt.verdict === "failed" && attempt.check === lesson.starter.check && !attempt.run)!;
// The file that is saved: a program of the lesson, or a file beside it such as lesson 5's contract.ts.
const edited = readdirSync(wrong.folder).find((name) => name.endsWith(".ts"))!;
const texts = [lesson.solution, wrong.folder].map((folder) => withoutMarks(readFileSync(join(folder, edited), "utf8")));

const root = join(repositoryRoot, ".workshop", `bench-loop-${process.pid}`);
const times: { pass: number[]; fail: number[]; baseline: number[] } = { pass: [], fail: [], baseline: [] };
const load = loadavg()[0];
for (const [from, to] of [["lessons", "lessons"], ["solutions", "solutions"]] as const) {
  cpSync(join(repositoryRoot, from, lesson.id), join(root, to, lesson.id), { recursive: true });
}
// Its other files are the solution's, so that one file decides.
for (const name of readdirSync(lesson.solution)) writeFileSync(join(root, "lessons", lesson.id, name), withoutMarks(readFileSync(join(lesson.solution, name), "utf8")));
try {
  await measure();
} finally {
  rmSync(root, { recursive: true, force: true });
}
report();

async function measure(): Promise<void> {
  const terminal = new Terminal(["scripts/start.ts", "--port", String(await freePlace())], { root });
  await terminal.sees("q quit");
  for (let save = 0; save < saves; save++) {
    const passes = save % 2 === 0;
    const begun = performance.now();
    writeFileSync(join(root, "lessons", lesson.id, edited), `${texts[passes ? 0 : 1]!}\n// save ${save}\n`);
    await terminal.sees(passes ? "Passed." : "Likely");
    times[passes ? "pass" : "fail"].push(performance.now() - begun);
    await terminal.sees("q quit");
    if (save % 4 === 3) times.baseline.push(await emptyNode());
    // A person reads the verdict and types before the next save. Meanwhile new processes are made to wait for programs.
    await sleep(PAUSE_MS);
  }
  terminal.type("q");
  await terminal.ended;
}

async function emptyNode(): Promise<number> {
  const begun = performance.now();
  await promisify(execFile)(process.execPath, ["-e", ""]);
  return performance.now() - begun;
}

function report(): void {
  const base = at(times.baseline, 0.5);
  const rows = Object.entries(times).map(([what, list]) => ({ what, p50: at(list, 0.5), p95: at(list, 0.95), worst: at(list, 1), ratio: at(list, 0.5) / base, n: list.length }));
  console.log(`Lesson ${lesson.id}, from save to verdict, ms (ratio to the start of an empty node process)`);
  for (const { what, p50, p95, worst, ratio, n } of rows) console.log(`  ${what.padEnd(9)} p50 ${p50.toFixed(0).padStart(5)}  p95 ${p95.toFixed(0).padStart(5)}  worst ${worst.toFixed(0).padStart(5)}  ratio ${ratio.toFixed(1).padStart(5)}  n ${n}`);
  const file = join(repositoryRoot, "bench/results/loop.json");
  mkdirSync(join(file, ".."), { recursive: true });
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model, node: process.version, loadBefore: load, loadAfter: loadavg()[0] };
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), lesson: lesson.id, machine, rows: rows.map((row) => ({ ...row, p50: Math.round(row.p50), p95: Math.round(row.p95), worst: Math.round(row.worst), ratio: Number(row.ratio.toFixed(1)) })) }, undefined, 2)}\n`);
}

function at(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
