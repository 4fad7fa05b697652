import type { CheckVerdict, Verdict } from "#engine/check/verdict.ts";

/**
 * The object that `--json` prints:
 * `{ lesson, outcome, seconds, checks: [{ id, title, outcome, seconds, diagnosis?: { id, text }, evidence?, measured? }], error?: { text, next } }`.
 * Its shape is fixed: other tools read it.
 */
export function jsonReport(verdict: Verdict): string {
  const { lesson, outcome, seconds, error } = verdict;
  return JSON.stringify({
    lesson, outcome, seconds,
    checks: verdict.checks.map(jsonCheck),
    ...(error ? { error: { text: error.text, next: error.next } } : {}),
  });
}

function jsonCheck(check: CheckVerdict): object {
  const { id, title, outcome, seconds, diagnosis, evidence, measured } = check;
  return {
    id, title, outcome, seconds,
    ...(diagnosis ? { diagnosis: { id: diagnosis.id, text: diagnosis.text } } : {}),
    ...(evidence ? { evidence } : {}),
    ...(measured ? { measured } : {}),
  };
}
