import { relative } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";
import type { CheckDef } from "#engine/lessons/define.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { openLab } from "#engine/lab/open.ts";
import { tapWanted, type LabOptions } from "#engine/lab/options.ts";
import { sleepWatch } from "#engine/lab/clock.ts";
import { NotJudged, NotYet } from "#engine/lab/words.ts";
import { explain } from "./explain.ts";
import { loadChecks, type CheckBody, type Registered } from "./register.ts";
import { troubleOf } from "./trouble.ts";
import type { CheckVerdict, Outcome, Verdict } from "./verdict.ts";

/** How a lesson is run. */
export interface RunOptions extends LabOptions {
  /** Run this check alone. Throws `Refusal` when the lesson has no such check. */
  only?: string | readonly string[];
  /** Go on after the first failure. */
  all?: boolean;
  /** Told each check's outcome as soon as it is known, and before it begins. */
  onCheck?: (check: CheckVerdict) => void;
  onBegin?: (check: CheckDef) => void;
  /** Told the verdict as soon as it is known, its record in the file, while the lab still closes; not told of one that is `broken`. */
  onVerdict?: (verdict: Verdict) => void;
  /** Called with the lab before it closes, for `--keep`. */
  beforeClose?: (lab: Lab) => Promise<void>;
  /** Ends the run at once; the verdict is then `broken`. */
  signal?: AbortSignal;
  /** What `check.test.ts` registered, where it is already loaded. */
  registered?: Registered;
}

/** A jump of the clock beyond this means the machine slept, and nothing that was timed means anything. */
const SLEPT_MS = 2_000;

/**
 * Runs a lesson's checks in their order, in one lab, and ends with the first graded failure unless `all` is set.
 * It never throws for a fault of the learner's or of ours: the verdict says `failed` or `broken`.
 * It returns when the lab is closed; `onVerdict` hears of the verdict before that.
 */
export async function runLesson(lesson: Lesson, options: RunOptions = {}): Promise<Verdict> {
  const begun = performance.now();
  const verdict: Verdict = { lesson: lesson.id, outcome: "passed", seconds: 0, checks: [], output: [], seed: options.seed ?? "" };
  const asItStands = (): Verdict => ({ ...verdict, outcome: outcomeOf(verdict), seconds: secondsSince(begun) });
  try {
    await runAll(lesson, { ...options, known: () => options.onVerdict?.(asItStands()) }, verdict);
  } catch (error) {
    verdict.error = troubleOf(error);
  }
  return asItStands();
}

async function runAll(lesson: Lesson, options: RunOptions & { known: () => void }, verdict: Verdict): Promise<void> {
  const chosen = choose(lesson, options.only);
  const slept = sleepWatch();
  const [registered, first] = await Promise.all([options.registered ?? loadChecks(lesson), openLab(lesson, { tap: tapWanted(), ...options })]);
  let lab = first;
  verdict.seed = lab.seed;
  verdict.record = relative(lesson.root, `${lab.folder}/flight.jsonl`);
  try {
    for (const [index, def] of chosen.entries()) {
      if (options.signal?.aborted) throw stoppedRun(lesson);
      if (def.fresh && index > 0) lab = await another(lab, lesson, options);
      options.onBegin?.(def);
      const result = await runCheck(lab, def, bodyOf(registered, def), { registered, signal: options.signal });
      if (slept() > SLEPT_MS) throw new Refusal("The machine slept while the check ran, so its times mean nothing.", `npm run ${lesson.script}`);
      verdict.checks.push(result);
      options.onCheck?.(result);
      if (result.outcome === "failed" && !options.all) break;
    }
    verdict.output = lab.handles.map((handle) => ({ program: handle.name, lines: handle.printed().slice(-20) })).filter((lane) => lane.lines.length > 0);
    for (const def of chosen.slice(verdict.checks.length)) verdict.checks.push({ ...titleOf(def), outcome: "skipped", seconds: 0, why: "an earlier check failed" });
    await lab.record.flush();
    options.known();
    await options.beforeClose?.(lab);
  } finally {
    await lab[Symbol.asyncDispose]();
  }
}

/** The body's own end, or at once a `Refusal` when the run is stopped; the body then ends with its lab, and nobody listens. */
async function unlessStopped(body: Promise<void>, lesson: Lesson, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return body;
  body.catch(() => {});
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(stoppedRun(lesson));
  });
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    await Promise.race([body, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function stoppedRun(lesson: Lesson): Refusal {
  return new Refusal("The run was stopped before it was over.", `npm run ${lesson.script}`);
}

async function runCheck(lab: Lab, def: CheckDef, body: CheckBody, { registered, signal }: { registered: Registered; signal: AbortSignal | undefined }): Promise<CheckVerdict> {
  const begun = performance.now();
  lab.beginScene(def.id);
  try {
    await unlessStopped(body(lab), lab.lesson, signal);
    const outcome = def.graded === false ? "shown" : "passed";
    return { ...titleOf(def), outcome, seconds: secondsSince(begun), ...measuredBy(lab, def) };
  } catch (error) {
    if (error instanceof NotJudged) return { ...titleOf(def), outcome: "skipped", seconds: secondsSince(begun), why: error.message };
    if (!(error instanceof NotYet)) throw error;
    const failed = { ...titleOf(def), ...(await explain(lab, def, error, registered)) };
    return { ...failed, outcome: def.graded === false ? "shown" : "failed", seconds: secondsSince(begun) };
  } finally {
    await lab.endScene();
  }
}

/** All that a check noted where nobody can fail it; else the one figure that it tells after a pass: `lab.note("says", …)`. */
function measuredBy({ facts }: Lab, def: CheckDef): Pick<CheckVerdict, "measured"> {
  if (def.graded === false) return { measured: facts };
  return typeof facts.says === "string" ? { measured: { says: facts.says } } : {};
}

function choose(lesson: Lesson, only: RunOptions["only"]): CheckDef[] {
  if (!only) return lesson.checks;
  const ids = typeof only === "string" ? [only] : only;
  const unknown = ids.find((id) => !lesson.checks.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw new Refusal(`Lesson ${lesson.id} has no check "${unknown}". Its checks are:\n${lesson.checks.map((check) => `  ${check.id.padEnd(22)} ${check.title}`).join("\n")}`, `npm run ${lesson.script}`);
  }
  return lesson.checks.filter((check) => ids.includes(check.id));
}

async function another(lab: Lab, lesson: Lesson, options: RunOptions): Promise<Lab> {
  await lab[Symbol.asyncDispose]();
  return openLab(lesson, { tap: tapWanted(), ...options, seed: lab.seed });
}

function bodyOf(registered: Registered, def: CheckDef): CheckBody {
  const body = registered.checks.get(def.id);
  if (!body) throw new Error(`check.test.ts has no body for check "${def.id}"`);
  return body;
}

function outcomeOf(verdict: Verdict): Outcome {
  if (verdict.error) return "broken";
  return verdict.checks.some((check) => check.outcome === "failed") ? "failed" : "passed";
}

function titleOf(def: CheckDef): Pick<CheckVerdict, "id" | "title"> {
  return { id: def.id, title: def.title };
}

function secondsSince(begun: number): number {
  return Math.round(performance.now() - begun) / 1000;
}
