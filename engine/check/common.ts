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

/** Hints for a mistake that is about a program and not about a lesson. */
export const COMMON_HINTS: Readonly<Record<string, readonly string[]>> = {
  "missing-program": ["The verdict names the file that was looked for. Has it another name, or is it gone?", "The key x of `npm start`, or `npm run reset`, lays the starter again and keeps what is there."],
  "does-not-parse": ["The file cannot be read as TypeScript. The verdict shows the line, with a mark below what does not fit.", "The cause often stands just before the mark: a bracket, a quote or a comma that is missing or too many."],
  "crashes-at-start": ["Your program ended with an error before it took part. Which line does the verdict name, and which value is not what you think?", "Run it by hand and read all that it prints: the key r of `npm start`, or `npx tsx` with the file beside `npm run server`."],
  "never-connects": ["Your program runs and never connects. Which line connects, and what does the program wait for before it?", "`connect({ servers: process.env.NATS_URL })`: the address is in NATS_URL, and the call has to be awaited."],
  "never-ready": ["Compare what the verdict says that your program has subscribed to with the contract at the end of the lesson.", "A program subscribes, pulls or listens first and works then. What does yours wait for before it comes to that?"],
  hangs: ["Your program works all the time and gets nowhere. Which loop does not end?", "A loop without `await` in it gives nothing else a turn: no message is read and no time-out comes. Wait with `await`."],
  floods: ["Your program prints without an end. Which line prints, and what should end the loop around it?"],
  "too-big": ["Your program grows without an end. What does it keep, or start, for each message, and when does it let go?"],
  "left-too-early": ["Your program ends at once, without an error. What should it wait for?", "A loop over a subscription keeps a service going: `for await (const message of subscription)`."],
};

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
