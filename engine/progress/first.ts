import type { CheckVerdict } from "#engine/check/verdict.ts";
import { readHistory, type HistoryOptions } from "./history.ts";

/**
 * Answers a function that puts what a check measured the first time, as history knows it, beside what it measured
 * now: `measured.first`. So a person sees her own before and after. A check without history stays as it is.
 */
export async function withFirst(options: HistoryOptions): Promise<(check: CheckVerdict) => CheckVerdict> {
  const lines = await readHistory(options);
  return (check) => {
    const first = lines.find((line) => line.measured?.[check.id])?.measured?.[check.id];
    return first && check.measured ? { ...check, measured: { ...check.measured, first } } : check;
  };
}
