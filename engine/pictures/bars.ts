/** How bars are drawn. */
export interface BarsOptions {
  /** The width of a line in columns, labels and amounts included. */
  columns: number;
  /** What the amounts are counted in; milliseconds unless it says otherwise. */
  unit?: string;
}

const EIGHTHS = " ▏▎▍▌▋▊▉";

/**
 * Amounts as bars of one scale, a line each: label, bar, amount. The longest bar fills the width;
 * what is more than nothing is never drawn as nothing.
 */
export function bars(amounts: Readonly<Record<string, number>>, { columns, unit = "ms" }: BarsOptions): string[] {
  const rows = Object.entries(amounts);
  const label = Math.max(...rows.map(([name]) => name.length));
  const longest = Math.max(...rows.map(([, amount]) => amount), 1);
  const room = Math.max(8, columns - label - `  ${longest} ${unit} `.length);
  return rows.map(([name, amount]) => `${name.padEnd(label)}  ${[bar((amount / longest) * room), `${amount} ${unit}`].filter(Boolean).join(" ")}`);
}

/** A bar so many columns long, to the eighth of a column. */
function bar(length: number): string {
  const eighths = length > 0 ? Math.max(1, Math.round(length * 8)) : 0;
  return `${"█".repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]}`.trimEnd();
}

const STEPS = "▁▂▃▄▅▆▇█";

/** Amounts one after the other, as columns of one scale from 0 to the highest: what became of a number over time. */
export function spark(amounts: readonly number[]): string {
  const most = Math.max(...amounts, 1);
  return amounts.map((amount) => STEPS[Math.min(STEPS.length - 1, Math.floor((Math.max(0, amount) / most) * STEPS.length))]).join("");
}
