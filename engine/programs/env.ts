/** The variable that marks one life of one program, `RUN/worker#2/1`, and all that it starts. */
export const PROGRAM_TAG = "WORKSHOP_PROGRAM";

const PASSED_ON = ["PATH", "HOME", "TMPDIR", "LANG"];

/**
 * The environment of a learner's program: an allow-list and TZ=UTC, then the contract's variables.
 * Nothing else of ours reaches it (vitest's NODE_ENV=test and MODE=test did, once).
 */
export function programEnv(extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) if (process.env[name] !== undefined) env[name] = process.env[name];
  return { ...env, TZ: "UTC", ...extra };
}
