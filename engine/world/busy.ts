import type { LedgerLine } from "./ledger.ts";

/** The part of the time line to look at, and what counts as busy. */
export interface BusyOptions {
  /** Milliseconds of the record's clock; default: the first call's arrival. */
  from?: number;
  /** Milliseconds of the record's clock; default: the last call's end, or its arrival while it is open. */
  to?: number;
  /** `flight`: from arrival to answer. `work`: from the moment the service took it up (they differ behind `queue()`). */
  of?: "flight" | "work";
}

/** How many calls were open at the same time. */
export interface Busy {
  peak: number;
  /** Weighted by time; 0 for an empty stretch of time. */
  mean: number;
}

/**
 * The peak and the time-weighted mean of calls at the same time, from ledger lines.
 * A pure function, so a check can choose the stretch afterwards: "while orders wait" is
 * from the first call's `t` to the last call's `t`, for a program that has its backlog from the start.
 */
export function busy(lines: readonly LedgerLine[], options: BusyOptions = {}): Busy {
  const spans = lines.flatMap((line) => spanOf(line, options.of ?? "flight"));
  const from = options.from ?? Math.min(...spans.map((span) => span.start));
  const to = options.to ?? Math.max(...spans.map((span) => (span.end === Infinity ? span.start : span.end)));
  if (spans.length === 0) return { peak: 0, mean: 0 };
  return sweep(spans.flatMap(({ start, end }) => stepsWithin(start, end, { from, to })), { from, to });
}

interface Step {
  t: number;
  by: 1 | -1;
}

function spanOf(line: LedgerLine, of: "flight" | "work"): { start: number; end: number }[] {
  const start = of === "work" ? line.begun : line.t;
  return start === undefined ? [] : [{ start, end: line.ended ?? Infinity }];
}

function stepsWithin(start: number, end: number, { from, to }: { from: number; to: number }): Step[] {
  if (end <= from || start >= to) return [];
  return [
    { t: Math.max(start, from), by: 1 },
    { t: Math.min(end, to), by: -1 },
  ];
}

function sweep(steps: Step[], { from, to }: { from: number; to: number }): Busy {
  // At the same instant an end comes before a start: a call leaves "in flight" before its answer is sent.
  steps.sort((a, b) => a.t - b.t || a.by - b.by);
  let [open, peak, area, last] = [0, 0, 0, from];
  for (const { t, by } of steps) {
    area += open * (t - last);
    last = t;
    open += by;
    peak = Math.max(peak, open);
  }
  return { peak, mean: to > from ? area / (to - from) : 0 };
}
