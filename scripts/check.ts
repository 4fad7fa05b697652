// npm run check:lesson-N: runs the checks of one lesson and says what came out.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { mayCompare } from "#engine/actions/compare.ts";
import { exitCode, type CheckVerdict, type Verdict } from "#engine/check/verdict.ts";
import { runLesson, type RunOptions } from "#engine/check/runner.ts";
import { troubleOf } from "#engine/check/trouble.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { findLesson, type Lesson } from "#engine/lessons/catalogue.ts";
import { questionsText } from "#engine/loop/texts.ts";
import { checkLines, ending, heading, lookOf, takenBack } from "#engine/report/terminal.ts";
import { jsonReport } from "#engine/report/json.ts";
import { withFirst } from "#engine/progress/first.ts";
import { noteRun, setCurrent } from "#engine/progress/note.ts";
import { sweep } from "#engine/process/sweep.ts";
import { onlyKnown } from "./lib.ts";

const USAGE = "npm run check:lesson-4 -- [--only CHECK] [--all] [--from FOLDER] [--run COMMAND] [--seed SEED] [--json] [--keep] [--no-limits]";

// `npm run check:lesson-4 | head` closes the pipe early: nobody reads on, so there is nothing more to say.
process.stdout.on("error", () => process.exit());

if (process.argv.includes("--help")) onlyKnown(USAGE);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<0 | 1 | 2> {
  const json = argv.includes("--json");
  try {
    const { name, flags } = readArguments(argv);
    const lesson = await findLesson(name);
    const verdict = await run(lesson, flags);
    if (json) process.stdout.write(`${jsonReport(verdict)}\n`);
    return exitCode(verdict);
  } catch (error) {
    return sayBroken(error, json);
  }
}

async function run(lesson: Lesson, flags: Flags): Promise<Verdict> {
  const look = lookOf(process.stdout);
  const say = flags.json ? () => {} : (text: string) => void process.stdout.write(`${text}\n`);
  say(heading(lesson, look));
  const stop = stopOnSignals();
  const beside = flags.from ? (check: CheckVerdict) => check : await withFirst({ lesson: lesson.id });
  const verdict = await runLesson(lesson, { ...optionsOf(flags), signal: stop, onCheck: (check) => say(checkLines(beside(check), look)), ...(flags.keep ? { beforeClose: keepOpen(say) } : {}) });
  if (!flags.json) for (const check of verdict.checks.filter((one) => one.outcome === "skipped" && one.why === "an earlier check failed")) say(checkLines({ ...check, why: "" }, look));
  say(ending(verdict, lesson, look));
  if (verdict.outcome === "passed" && !flags.from && !flags.only) say(`${questionsText(lesson, look)}\n`);
  if (!flags.from && !flags.run && !flags.only) {
    if (verdict.outcome === "failed" && (await mayCompare(lesson))) say(takenBack(lesson, look));
    await noteRun(lesson, verdict);
    await setCurrent(lesson.id, lesson.root);
  }
  await sweep(lesson.root);
  return verdict;
}

type Flags = ReturnType<typeof readArguments>["flags"];

function readArguments(argv: string[]) {
  const options = {
    only: { type: "string" }, all: { type: "boolean" }, from: { type: "string" }, run: { type: "string" },
    seed: { type: "string" }, json: { type: "boolean" }, keep: { type: "boolean" }, "no-limits": { type: "boolean" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
    if (positionals.length !== 1 || positionals[0] === undefined) throw new Error("one lesson has to be named");
    return { name: positionals[0], flags: values };
  } catch (cause) {
    throw new Refusal(`Cannot read the arguments: ${(cause as Error).message}`, USAGE, { cause });
  }
}

function optionsOf(flags: Flags): RunOptions {
  const from = flags.from === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), flags.from);
  if (from !== undefined && !existsSync(from)) throw new Refusal(`Cannot take programs from ${flags.from}: there is no such folder`, USAGE);
  return {
    ...(flags.only ? { only: flags.only } : {}),
    ...(flags.all ? { all: true } : {}),
    ...(from ? { from } : {}),
    ...(flags.run ? { run: flags.run } : {}),
    ...(flags.seed ? { seed: flags.seed } : {}),
    ...(flags["no-limits"] ? { noLimits: true } : {}),
  };
}

/** Ctrl-C ends the run, and everything it started, before the process goes. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => {
      stop.abort();
      process.once(name, () => process.exit(2));
    });
  }
  return stop.signal;
}

function keepOpen(say: (text: string) => void): NonNullable<RunOptions["beforeClose"]> {
  return async (lab) => {
    say(`\n    Kept open. In another terminal:\n      export NATS_URL=${lab.server.url}\n      export WORLD_URL=${lab.world.url}\n    Ctrl-C closes it.`);
    await new Promise<void>((close) => process.once("SIGINT", () => close()));
  };
}

function sayBroken(error: unknown, json: boolean): 2 {
  const { text, next, stack } = troubleOf(error);
  if (json) process.stdout.write(`${JSON.stringify({ lesson: "", outcome: "broken", seconds: 0, checks: [], error: { text, next } })}\n`);
  else process.stderr.write(`\n  ${text}\n\n  Next: ${next}\n${stack ? `\n${stack}\n` : ""}`);
  return 2;
}
