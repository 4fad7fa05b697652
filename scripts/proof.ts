// npm run proof: proves every lesson: the starter fails as intended, the solution passes, each attempt gets its own verdict.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { runLesson } from "#engine/check/runner.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { repositoryRoot, workshopRoot } from "#engine/files/root.ts";
import { allLessons, findLesson, type Lesson } from "#engine/lessons/catalogue.ts";
import { editedFiles, keepOriginals, writeOriginalHashes } from "#engine/lessons/originals.ts";
import { judge, missingCommand, type Result } from "../proof/judge.ts";
import { rowsOf, upTo, type Row } from "../proof/rows.ts";
import { schedule } from "../proof/schedule.ts";
import { secondLook, unsteadyAllowed } from "../proof/second.ts";
import { lessonProblems, numberProblems } from "../proof/static.ts";
import { syllabusProblems, writeSyllabus } from "../proof/syllabus.ts";
import { slowness } from "../proof/slowness.ts";
import { flakes, overBudget, table } from "../proof/table.ts";
import { main, readFlags } from "./lib.ts";

const USAGE = "npm run proof -- [LESSON …] [--only ROW] [--repeat 20] [--full] [--note] [--write]";
const { values: flags, positionals } = readFlags(USAGE, {
  options: { repeat: { type: "string" }, only: { type: "string" }, write: { type: "boolean" }, full: { type: "boolean" }, note: { type: "boolean" } },
  allowPositionals: true,
});

/** A row that takes longer than this, in milliseconds, hangs: the proof goes on without it. */
const HANGS_MS = 600_000;

await main(USAGE, async () => {
  if (flags.repeat !== undefined && !(Number(flags.repeat) >= 1)) throw new Refusal(`--repeat is a number of rounds, and it was ${flags.repeat}.`, USAGE);
  if (!flags.write) process.exit((await prove()) ? 0 : 1);
  console.log(`${writeOriginalHashes().length} originals noted in lessons/originals.sha256`);
  if (await writeSyllabus(await allLessons(), workshopRoot())) console.log("The syllabus in README.md says what the lessons say.");
});

async function prove(): Promise<boolean> {
  keepOriginals();
  const lessons = positionals.length > 0 ? await Promise.all(positionals.map((name) => findLesson(name))) : await allLessons();
  const scripts = (JSON.parse(readFileSync(join(workshopRoot(), "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts;
  const problems = (await Promise.all(lessons.map((lesson) => lessonProblems(lesson, scripts)))).flat();
  if (positionals.length === 0) problems.push(...syllabusProblems(lessons, workshopRoot()), ...numberProblems(lessons.map(({ id }) => id)));
  const rounds = Number(flags.repeat ?? 1);
  const results: Result[][] = [];
  const measured = slowness();
  for (let round = 0; round < rounds; round++) results.push(await oneRound(lessons, round, measured.now));
  return report(problems, results, measured.stop());
}

async function oneRound(lessons: Lesson[], round: number, slow: () => number): Promise<Result[]> {
  const runs = join(workshopRoot(), ".workshop", "run");
  mkdirSync(runs, { recursive: true });
  const scratch = mkdtempSync(join(runs, "proof-"));
  try {
    const rows = lessons.flatMap((lesson) => rowsOf(lesson, scratch)).filter((row) => wanted(row, round));
    const results = await schedule(rows.map((row) => ({ pace: row.lesson.pace, run: () => proveRow(row) })));
    // Repeated rounds look for flakes: there the first sight counts.
    if (flags.repeat) return results;
    const late = overBudget(results, slow()).map(({ row }) => row);
    return await secondLook(results, ({ row, outcome }) => outcome === "wrong" || late.includes(row), ({ row }) => proveRow(row));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** In repeated rounds wrong attempts run five times and right ones every time: a flake costs a learner most in a right program. */
function wanted(row: Row, round: number): boolean {
  if (flags.only && !row.name.includes(flags.only)) return false;
  return round < 5 || row.kind === "solution" || row.kind === "right";
}

async function proveRow(row: Row): Promise<Result> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<Result>((resolve) => {
    timer = setTimeout(() => {
      stop.abort();
      resolve({ row, outcome: "wrong", seconds: HANGS_MS / 1000, saw: "no end" });
    }, HANGS_MS);
  });
  return Promise.race([runRow(row, stop.signal), hung]).finally(() => clearTimeout(timer));
}

async function runRow(row: Row, signal: AbortSignal): Promise<Result> {
  const absent = missingCommand(row);
  if (absent) return { row, outcome: process.env.CI ? "wrong" : "not run", seconds: 0, saw: `needs ${absent}, which is not here` };
  const only = flags.full && row.fails ? upTo(row.lesson, row.fails.check) : row.only;
  const verdict = await runLesson(row.lesson, { from: row.from, signal, ...(row.run ? { run: row.run } : {}), ...(only ? { only } : {}) });
  // The learner's own last runs are what .workshop/run is for.
  if (verdict.record) rmSync(join(row.lesson.root, dirname(verdict.record)), { recursive: true, force: true });
  return judge(row, verdict);
}

function report(problems: string[], rounds: Result[][], slow: number): boolean {
  const last = rounds[0] ?? [];
  console.log(table(last));
  const unsteady = rounds.length > 1 ? flakes(rounds) : [];
  const late = overBudget(last, slow).map(({ row, seconds }) => `${row.lesson.id}: the solution took ${seconds.toFixed(1)} s, more than twice its budget on a machine ${slow.toFixed(1)} times as slow as an idle one`);
  for (const line of [...problems, ...unsteady, ...late]) console.log(`  ✗ ${line}`);
  const edited = editedFiles();
  if (edited.length > 0) console.log(`\n  Judged by their originals, not as they stand: ${edited.join(", ")}\n  Where a starter was changed on purpose: npm run proof -- --write`);
  const all = rounds.flat();
  const unsteadyRows = all.filter(({ outcome }) => outcome === "unsteady").length;
  if (unsteadyRows > 0) console.log(`\n  ${unsteadyRows} unsteady: wrong in company, right alone. Mend the check: npm run proof -- --repeat 20 <lesson>`);
  const failed = all.filter(({ outcome }) => outcome === "wrong").length + problems.length + late.length + Math.max(0, unsteadyRows - unsteadyAllowed(all.length));
  console.log(`\n${all.filter(({ outcome }) => outcome === "right" || outcome === "unsteady").length} passed, ${failed} failed, ${all.filter(({ outcome }) => outcome === "not run").length} skipped`);
  if (flags.note) noteRounds(rounds, failed);
  return failed === 0;
}

function noteRounds(rounds: Result[][], failed: number): void {
  const lessons = [...new Set(rounds.flat().map(({ row }) => row.lesson.id))];
  appendFileSync(join(repositoryRoot, "docs", "proof.jsonl"), `${JSON.stringify({ at: new Date().toISOString(), lessons, rounds: rounds.length, runs: rounds.flat().length, failed, unsteady: flakes(rounds) })}\n`);
}
