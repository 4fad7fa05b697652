import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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

/** The attempts of a lesson, by name. Throws when an `attempt.json` is missing or is not JSON. */
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
  try {
    return { ...(JSON.parse(readFileSync(file, "utf8")) as AttemptDef), name, folder };
  } catch (cause) {
    throw new Error(`Cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}
