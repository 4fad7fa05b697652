import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";
import type { Lesson } from "./catalogue.ts";

/** What `attempt.json` says: which verdict a program must get, and why it is there. */
export type AttemptDef = (
  | { verdict: "failed"; check: string; diagnosis: string; /** One sentence for the museum. */ mistake: string }
  | { verdict: "passed"; /** What is different about this right program. */ style: string; /** The checks it runs in the proof; all when absent. */ checks?: string[] }
) & {
  /** A command that starts its programs in place of the usual one; `{program}` and `{dir}` are replaced. */
  run?: string;
  /** Commands the machine must have. */
  needs?: string[];
};

/** One folder under `attempts/<lesson>/`. */
export type Attempt = AttemptDef & { name: string; folder: string };

/** The attempts of a lesson, by name. Throws a `Refusal` when an `attempt.json` is missing, is not JSON, or does not say what it has to. */
export function attemptsOf(lesson: Lesson): Attempt[] {
  if (!existsSync(lesson.attempts)) return [];
  return readdirSync(lesson.attempts, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => readAttempt(name, join(lesson.attempts, name)));
}

function readAttempt(name: string, folder: string): Attempt {
  const file = join(folder, "attempt.json");
  let def: AttemptDef;
  try {
    def = JSON.parse(readFileSync(file, "utf8")) as AttemptDef;
  } catch (cause) {
    throw new Refusal(`Cannot read ${file}: ${(cause as Error).message}`, "see \"add a mistake\" in CONTRIBUTING.md", { cause });
  }
  const absent = absentIn(def);
  if (absent.length > 0) throw new Refusal(`${file} does not say its ${absent.join(" and ")}. A wrong program has "verdict": "failed" with check, diagnosis and mistake, a right one "verdict": "passed" with style.`, "see \"add a mistake\" in CONTRIBUTING.md");
  return { ...def, name, folder };
}

function absentIn(def: Partial<Record<string, unknown>>): string[] {
  const wanted = { failed: ["check", "diagnosis", "mistake"], passed: ["style"] }[String(def.verdict)] ?? ["verdict"];
  return wanted.filter((field) => field === "verdict" || typeof def[field] !== "string" || def[field] === "");
}
