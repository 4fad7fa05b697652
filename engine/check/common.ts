import type { Evidence, ProgramEvidence } from "#engine/lessons/evidence.ts";
import { ProgramFailure, type NotYet } from "#engine/lab/words.ts";
import type { Diagnosis } from "./verdict.ts";

/**
 * The mistakes any lesson may meet, asked before the lesson's own: a program that could not be started,
 * and one that a limit has stopped.
 */
export function commonDiagnosis(failed: NotYet, evidence: Evidence): Diagnosis | undefined {
  if (failed instanceof ProgramFailure) return { id: failed.mistake, text: failed.text, file: failed.file };
  const stopped = evidence.programs.find((program) => program.exit?.limit);
  return stopped ? stoppedByLimit(stopped) : undefined;
}

const LIMIT_TEXT = {
  time: { id: "hangs", text: "was stopped: a check gives a program a minute, or five where servers are killed, and no longer" },
  output: { id: "floods", text: "was stopped because it printed more than a check can take (1 MiB a second, 8 MiB in all)" },
  memory: { id: "too-big", text: "was stopped because it used more than 512 MiB of memory" },
  processes: { id: "too-big", text: "was stopped because it had started more than 32 processes of its own" },
} as const;

function stoppedByLimit(program: ProgramEvidence): Diagnosis {
  const limit = LIMIT_TEXT[program.exit?.limit ?? "time"];
  return { id: limit.id, text: `${program.name} ${limit.text}.`, ...(program.file ? { file: program.file } : {}) };
}
