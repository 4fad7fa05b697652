import type { CheckVerdict } from "#engine/check/verdict.ts";
import { readHistory, type HistoryOptions } from "./history.ts";

/** So many earlier runs are shown. */
const RUNS = 20;

/**
 * Answers a function that puts what a check measured before, as history knows it, beside what it measured now:
 * `measured.first` is its first run, `measured.past` the first bar of each earlier one, oldest first, at most 20.
 * So a person sees her own before and after. A check without history stays as it is.
 */
export async function withFirst(options: HistoryOptions): Promise<(check: CheckVerdict) => CheckVerdict> {
  const lines = await readHistory(options);
  return (check) => {
    const runs = lines.flatMap((line): Record<string, unknown>[] => (line.measured?.[check.id] ? [line.measured[check.id]!] : []));
    const first = runs[0];
    if (!first || !check.measured) return check;
    return { ...check, measured: { ...check.measured, first, past: runs.flatMap(firstBar).slice(-RUNS) } };
  };
}

function firstBar(measured: Record<string, unknown>): number[] {
  const [value] = Object.values((measured.bars ?? {}) as Record<string, unknown>);
  return typeof value === "number" ? [value] : [];
}
