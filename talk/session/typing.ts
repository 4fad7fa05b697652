import { diffLines } from "diff";

/** One line of a change as it is shown: kept, taken away or added. */
export interface ChangedLine {
  kind: " " | "-" | "+";
  text: string;
}

/** A change line by line. With `around`, only so many kept lines beside each change; a gap is one line `…`. */
export function changedLines(from: string, to: string, { around = Infinity }: { around?: number } = {}): ChangedLine[] {
  const all = diffLines(from, to).flatMap(({ added, removed, value }) => linesOf(value).map((text): ChangedLine => ({ kind: added ? "+" : removed ? "-" : " ", text })));
  if (around === Infinity) return all;
  const near = all.map((_, index) => all.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== " "));
  return all.flatMap((line, index) => (near[index] ? [line] : near[index - 1] ? [{ kind: " " as const, text: "…" }] : []));
}

/**
 * The texts on the way from one text to another, for a step that is shown line by line: each adds one line, and takes
 * away what stood in its place. The last is `to`; none when nothing differs.
 */
export function lineByLine(from: string, to: string): string[] {
  const lines = changedLines(from, to);
  const stops: string[] = [];
  for (let upTo = 0; upTo < lines.length; upTo++) {
    if (lines[upTo]!.kind === " ") continue;
    const whole = lines[upTo]!.kind === "+" || lines[upTo + 1]?.kind === " " || upTo === lines.length - 1;
    if (!whole || lines[upTo]!.text.trim() === "") continue;
    stops.push(textAfter(lines, upTo));
  }
  if (stops.at(-1) !== to && from !== to) stops.push(to);
  return stops;
}

/** Whether the presenter has typed what the step wants; blanks and blank lines do not count. */
export function isTyped(file: string, wanted: string): boolean {
  const plain = (text: string) => text.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " ")).filter(Boolean).join("\n");
  return plain(file) === plain(wanted);
}

function textAfter(lines: readonly ChangedLine[], upTo: number): string {
  const kept = lines.filter(({ kind }, index) => kind === " " || (index <= upTo ? kind === "+" : kind === "-"));
  return kept.map(({ text }) => `${text}\n`).join("");
}

function linesOf(value: string): string[] {
  return (value.endsWith("\n") ? value.slice(0, -1) : value).split("\n");
}
