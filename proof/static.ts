import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { COMMON_HINTS } from "#engine/check/common.ts";
import { loadChecks } from "#engine/check/register.ts";
import { attemptsOf } from "#engine/lessons/attempts.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { original, originalHashes, starterFiles } from "#engine/lessons/originals.ts";
import { readmeProblems } from "./readme.ts";

const COLUMNS = 72;
/** A line this long in a hint is the answer and not a hint. */
const ANSWER = 12;

/** What is wrong with a lesson without running it. An empty list is what the proof wants. */
export async function lessonProblems(lesson: Lesson, scripts: Record<string, string>): Promise<string[]> {
  const problems = [
    ...treeProblems(lesson),
    ...(await idProblems(lesson)),
    ...attemptProblems(lesson),
    ...lesson.checks.flatMap(({ id, hints }) => hintProblems(lesson, { what: `check ${id}`, hints, least: 3 })),
    ...lesson.diagnoses.flatMap(({ id, hints }) => (hints ? hintProblems(lesson, { what: `diagnosis ${id}`, hints, least: 2 }) : [])),
    ...textProblems(lesson),
    ...originalProblems(lesson),
    ...readmeProblems(lesson, scripts),
  ];
  if (!scripts[lesson.script]) problems.push(`package.json has no script ${lesson.script}`);
  return problems.map((problem) => `${lesson.id}: ${problem}`);
}

function treeProblems(lesson: Lesson): string[] {
  const wanted = Object.keys(lesson.programs).map((name) => `${name}.ts`);
  const starters = readdirSync(lesson.folder);
  const solved = existsSync(lesson.solution) ? readdirSync(lesson.solution, { recursive: true }).map(String) : [];
  return [
    ...wanted.filter((file) => !starters.includes(file)).map((file) => `has no starter ${file}`),
    ...wanted.filter((file) => !solved.includes(file)).map((file) => `has no solution ${file}`),
    ...solved.filter((file) => !starters.includes(file)).map((file) => `has a solution ${file} without a starter of that name`),
  ];
}

async function idProblems(lesson: Lesson): Promise<string[]> {
  const { checks, diagnoses } = await loadChecks(lesson);
  return [
    ...missing("check", lesson.checks.map(({ id }) => id), [...checks.keys()]),
    ...missing("diagnosis", lesson.diagnoses.map(({ id }) => id), [...diagnoses.keys()]),
  ];
}

function missing(what: string, described: string[], registered: string[]): string[] {
  return [
    ...described.filter((id) => !registered.includes(id)).map((id) => `${what} ${id} has no body in check.test.ts`),
    ...registered.filter((id) => !described.includes(id)).map((id) => `${what} ${id} is not described in lesson.ts`),
  ];
}

function attemptProblems(lesson: Lesson): string[] {
  const attempts = attemptsOf(lesson);
  const wrong = attempts.flatMap((attempt) => (attempt.verdict === "failed" ? [attempt] : []));
  const right = attempts.length - wrong.length;
  const known = [...lesson.diagnoses.map(({ id }) => id), ...Object.keys(COMMON_HINTS)];
  const graded = lesson.checks.filter((check) => check.graded !== false).map(({ id }) => id);
  return [
    ...(wrong.length < 4 ? [`has ${wrong.length} wrong attempts; four is the least`] : []),
    ...(right < 2 ? [`has ${right} right attempts; two is the least`] : []),
    ...graded.filter((id) => !wrong.some((attempt) => attempt.check === id)).map((id) => `check ${id} has no attempt that fails it`),
    ...lesson.diagnoses.filter(({ id }) => !wrong.some((attempt) => attempt.diagnosis === id)).map(({ id }) => `diagnosis ${id} has no attempt`),
    ...wrong.filter(({ diagnosis }) => !known.includes(diagnosis)).map(({ name, diagnosis }) => `attempt ${name} names a diagnosis that lesson.ts does not have: ${diagnosis}`),
    ...wrong.filter((attempt) => !graded.includes(attempt.check)).map((attempt) => `attempt ${attempt.name} names a check that does not exist or is not graded: ${attempt.check}`),
  ];
}

/** Too few hints, or the answer given away before the last one. The first two of three hold no line of the solution, the first of two neither. */
function hintProblems(lesson: Lesson, { what, hints, least }: { what: string; hints: string[]; least: number }): string[] {
  const answers = Object.keys(lesson.programs).flatMap((name) => linesOf(join(lesson.solution, `${name}.ts`)))
    .map((line) => line.trim())
    .filter((line) => line.length >= ANSWER && !line.startsWith("import") && !line.startsWith("//"));
  const given = hints.slice(0, least - 1).find((hint) => answers.some((line) => hint.includes(line)));
  return [
    ...(hints.length < least ? [`${what} has ${hints.length} hints; ${least} is the least`] : []),
    ...(given ? [`${what}: a hint before the last contains a line of the solution`] : []),
  ];
}

function textProblems(lesson: Lesson): string[] {
  const programs = [lesson.folder, lesson.solution].flatMap((folder) => Object.keys(lesson.programs).map((name) => join(folder, `${name}.ts`)));
  const long = programs.flatMap((file) => linesOf(file).flatMap((line, index) => (line.length > COLUMNS && !line.includes("//@") ? [`${relative(lesson.root, file)}:${index + 1} is ${line.length} columns wide; ${COLUMNS} is the most`] : [])));
  const starters = [...originalHashes(lesson.root).keys()].filter((file) => file.startsWith(`lessons/${lesson.id}/`) && file.endsWith(".ts"));
  const todo = starters.length === 0 || starters.some((file) => original(file, lesson.root)?.includes("TODO"));
  return [...long, ...(todo ? [] : ["no starter says TODO"])];
}

function originalProblems(lesson: Lesson): string[] {
  const listed = [...originalHashes(lesson.root).keys()].filter((file) => file.startsWith(`lessons/${lesson.id}/`));
  const absent = listed.length === 0 ? starterFiles(lesson.id, lesson.root) : [];
  return absent.map((file) => `${file} is not in lessons/originals.sha256: npm run proof -- --write`);
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
}

/** What is wrong with the lessons' numbers, from their folder names in order: they begin with 1 and have neither gaps nor twins. */
export function numberProblems(ids: readonly string[]): string[] {
  let last = { id: "", number: 0 };
  return ids.flatMap((id) => {
    const number = /^\d\d(?=-)/.exec(id)?.[0];
    if (number === undefined) return id.startsWith("appendix-") ? [] : [`${id}: its name begins neither with two digits nor with appendix`];
    const before = last;
    last = { id, number: Number(number) };
    if (last.number === before.number) return [`${id}: ${before.id} has the number ${before.number} already`];
    return last.number === before.number + 1 ? [] : [`${id}: its number is ${last.number}, and there is no lesson ${before.number + 1}`];
  });
}
