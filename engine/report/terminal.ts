import { parse } from "node:path";
import wrap from "wrap-ansi";
import width from "string-width";
import { createColors } from "picocolors";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { lessonIds, scriptOf, shortName } from "#engine/lessons/catalogue.ts";
import type { CheckVerdict, Verdict } from "#engine/check/verdict.ts";
import { bars, spark } from "#engine/pictures/bars.ts";
import { abridged } from "./abridge.ts";
import { fitted } from "./fitted.ts";

/** How wide the text may be, and whether it may use colour. */
export interface Look {
  columns: number;
  colour: boolean;
  /** True in the conversation of `npm start`, where keys do what commands do elsewhere. */
  keys?: boolean;
}

type Colours = ReturnType<typeof createColors>;

const LABEL = 12;

/** The look of a stream: its width (40 to 100 columns, 80 in a pipe), and colour unless `NO_COLOR` or a pipe says no. */
export function lookOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Look {
  const colour = env.FORCE_COLOR !== undefined ? env.FORCE_COLOR !== "0" : stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  return { columns: Math.min(100, Math.max(40, stream.columns ?? 80)), colour };
}

/** The first line of a report. */
export function heading(lesson: Lesson, look: Look): string {
  const c = createColors(look.colour);
  return `\n${c.bold(`Lesson ${shortName(lesson)}`)} · ${lesson.title}\n`;
}

/** One check: a line, and under a failed one what happened, what was expected, where they part, the mistake. */
export function checkLines(check: CheckVerdict, look: Look): string {
  const c = createColors(look.colour);
  const line = titleLine(check, look, c);
  if (check.outcome === "shown" || check.outcome === "passed") return [line, ...measured(check, look, c)].join("\n");
  if (check.outcome === "skipped") return check.why ? `${line}${c.dim(`  ${check.why}`)}` : line;
  return [line, "", ...story(check, look, c)].join("\n");
}

/** What comes after the checks: the program's own lines, the next command, or the way on. */
export function ending(verdict: Verdict, lesson: Lesson, look: Look): string {
  const c = createColors(look.colour);
  const failed = verdict.checks.find((check) => check.outcome === "failed");
  const parts = [...lanes(verdict, look, c)];
  if (verdict.error) parts.push(...broken(verdict.error, look, c));
  else if (failed) parts.push(...nextSteps(lesson, failed, look, c));
  else parts.push(...passed(verdict, lesson, look, c));
  return `${parts.join("\n")}\n`;
}

/** What is said when a lesson that had passed fails: experiments are welcome, and it is better to know. */
export function takenBack(lesson: Lesson, look: Look): string {
  const text = `Lesson ${shortName(lesson)} had passed. With what stands there now it counts as not done; the next pass brings it back.`;
  return `${labelled("Note", text, look, createColors(look.colour)).join("\n")}\n`;
}

function titleLine(check: CheckVerdict, look: Look, c: Colours): string {
  const mark = { passed: c.green("✓"), failed: c.red("✗"), broken: c.red("!"), skipped: c.dim("·"), shown: c.cyan("○") }[check.outcome];
  const room = look.columns - 14;
  const title = check.title.length > room ? `${check.title.slice(0, room - 1)}…` : check.title;
  const time = check.outcome === "skipped" ? "" : `${check.seconds.toFixed(2)} s`.padStart(8);
  const pad = " ".repeat(Math.max(1, Math.min(64, room) - width(title)));
  const text = check.outcome === "skipped" ? c.dim(title) : title;
  return `  ${mark} ${text}${time ? pad + c.dim(time) : ""}`;
}

function story(check: CheckVerdict, look: Look, c: Colours): string[] {
  const lines = [
    ...labelled("Expected", check.expected ?? "", look, c),
    // Of a program that could not take part everything is said in the diagnosis.
    ...(check.seen === check.diagnosis?.text ? [] : labelled("What I saw", check.seen ?? "", look, c)),
  ];
  if (check.evidence?.length) lines.push("", ...where(check, look, c));
  lines.push("");
  if (check.diagnosis) lines.push(...labelled("Likely", check.diagnosis.text, look, c, c.yellow));
  else lines.push(...labelled("Likely", "No mistake I know fits this. The lines above are everything that was seen.", look, c));
  if (check.diagnosis?.file) lines.push(...labelled("Open", check.diagnosis.file, look, c, c.cyan));
  return lines;
}

function where({ evidence = [], turns }: CheckVerdict, look: Look, c: Colours): string[] {
  const shown = abridged(evidence, turns).flatMap((line) => fitted(line, look.columns - LABEL - 4));
  return shown.map((line, index) => `    ${c.dim((index === 0 ? "Where" : "").padEnd(LABEL))}${line}`);
}

function nextSteps(lesson: Lesson, failed: CheckVerdict, look: Look, c: Colours): string[] {
  if (look.keys) return ["", ...labelled("Next", "change the file and save it; h gives a hint", look, c, c.bold)];
  const name = shortName(lesson);
  return ["", ...labelled("Next", `change the file and save it, then: npm run ${lesson.script}`, look, c, c.bold), ...labelled("", `for a hint about "${failed.title}": npm run hint -- ${name}`, look, c)];
}

function passed(verdict: Verdict, lesson: Lesson, look: Look, c: Colours): string[] {
  const graded = verdict.checks.filter((check) => check.outcome === "passed").length;
  const shown = verdict.checks.filter((check) => check.outcome === "shown").length;
  const notRun = verdict.checks.filter((check) => check.outcome === "skipped");
  const lines = ["", `  ${c.green(c.bold("Passed."))} ${graded} ${graded === 1 ? "check" : "checks"} in ${verdict.seconds.toFixed(1)} s.`];
  if (shown > 0) lines.push(`  ${shown} more ${shown === 1 ? "is" : "are"} only shown (○): nobody can fail ${shown === 1 ? "it" : "them"}.`);
  if (notRun.length > 0) lines.push(`  ${notRun.length} not run.`);
  for (const idea of lesson.next ?? []) lines.push(...labelled("Try", idea, look, c));
  if (look.keys) return lines;
  lines.push(...labelled("Compare", `npm run diff -- ${shortName(lesson)}`, look, c), ...labelled("Next", afterThis(lesson), look, c));
  return lines;
}

/** Where a learner goes on: the next lesson's text, and behind the last one the talk. */
function afterThis(lesson: Lesson): string {
  const ids = lessonIds(lesson.root);
  const next = ids[ids.indexOf(lesson.id) + 1];
  return next ? `read lessons/${next}/README.md, then: npm run ${scriptOf(next)}` : "that was the last one. The talk that these lessons come from: npm run talk";
}

function broken(error: NonNullable<Verdict["error"]>, look: Look, c: Colours): string[] {
  const lines = ["", ...labelled("Stopped", error.text, look, c, c.red), ...labelled("Next", error.next, look, c, c.bold)];
  if (error.stack) lines.push("", ...error.stack.split("\n").slice(1, 6).map((line) => c.dim(`    ${line.trim()}`)));
  return lines;
}

function measured(check: CheckVerdict, look: Look, c: Colours): string[] {
  const entries = Object.entries(check.measured ?? {}).filter(([, value]) => typeof value === "string" || typeof value === "number");
  if (check.seen) return labelled("", check.seen, look, c);
  return [...picture(check, look, c), ...entries.flatMap(([name, value]) => labelled("", name === "says" ? String(value) : `${name}: ${value}`, look, c))];
}

/** What a check noted as `bars`, counted in the unit of its `scale` (milliseconds), on one scale with the first bar of its first run, and what that bar was since. */
function picture(check: CheckVerdict, look: Look, c: Colours): string[] {
  const { bars: now, scale: { unit = "ms" } = {}, first, past = [] } = (check.measured ?? {}) as { bars?: Record<string, number>; scale?: { unit?: string }; first?: { bars?: Record<string, number> }; past?: number[] };
  if (!now) return [];
  const before = Object.values(first?.bars ?? {})[0];
  const [name = "", newest = 0] = Object.entries(now)[0] ?? [];
  const lines = bars({ ...(before === undefined ? {} : { "at first": before }), ...now }, { columns: look.columns - LABEL - 4, unit });
  const history = past.length > 1 ? ["", `${name}, run by run  ${spark([...past, newest])}`] : [];
  return ["", ...[...lines, ...history].map((line) => `    ${" ".repeat(LABEL)}${c.cyan(line)}`.trimEnd()), ""];
}

/** Lines that Node.js prints around an error, and that say nothing of it: frames, its version, blanks. */
const NOISE = /^\s*(?:at .+|Node\.js v\d.*|)$/;
/** Above an uncaught error Node.js prints a place, the line there, and a caret. */
const PLACE = /^(?:\/|file:\/\/|node:internal\/).*:\d+$/;
const CARET = /^\s*\^+\s*$/;

/** A program's lines without what Node.js prints around an error. */
function telling(lines: readonly string[]): string[] {
  return lines.filter((line, index) => {
    if (NOISE.test(line) || CARET.test(line) || PLACE.test(line)) return false;
    return !(PLACE.test(lines[index - 1] ?? "") && CARET.test(lines[index + 1] ?? ""));
  });
}

/** What the programs printed: a glance where the mistake is known, more where it is not. */
function lanes(verdict: Verdict, look: Look, c: Colours): string[] {
  if (verdict.outcome === "passed") return [];
  const known = verdict.checks.find((check) => check.diagnosis)?.diagnosis;
  // Of a program that was started several times the last life is the one the verdict is about; of several copies the latest.
  const latest = [...new Map(verdict.output.map((lane) => [lane.program, lane])).values()].filter((lane) => telling(lane.lines).length > 0);
  const named = latest.filter((lane) => known?.file && parse(known.file).name === lane.program.split("#")[0]);
  return (named.length > 0 ? named : latest).slice(-3).flatMap((lane) => [
    "",
    `    ${c.dim(`${lane.program} printed`)}`,
    ...glance(telling(lane.lines), known ? 2 : 8).map((line) => `    ${c.dim("|")} ${line.slice(0, look.columns - 8)}`),
  ]);
}

/** The last lines, or where an error is said: from there on. */
function glance(lines: string[], count: number): string[] {
  const error = lines.findLastIndex((line) => /^[\w.]*(?:Error|Exception)\b/.test(line));
  return error < 0 ? lines.slice(-count) : lines.slice(error, error + count);
}

function labelled(label: string, text: string, look: Look, c: Colours, paint: (text: string) => string = (same) => same): string[] {
  const room = look.columns - LABEL - 4;
  // A line that is set in is an excerpt of a program: its caret stands below the right place.
  const lines = text.split("\n").flatMap((line) => wrap(line, room, { hard: true, trim: !/^\s/.test(line) }).split("\n"));
  return lines.map((line, index) => `    ${c.dim((index === 0 ? label : "").padEnd(LABEL))}${paint(line)}`);
}
