/** How many lines of a story a terminal shows. */
const SHOWN = 7;

/**
 * The lines of a story that fit into a verdict, with "…" where some were left out: the first, the last, and before any
 * other line the `turns`, the places (by index) where the story turns. Without turns: the first three and the last four.
 */
export function abridged(lines: readonly string[], turns: readonly number[] = []): string[] {
  const end = lines.length - 1;
  if (lines.length <= SHOWN + 1) return [...lines];
  const byWeight = [end, end - 1, 0, ...turns.toReversed(), end - 2, 1, 2, end - 3];
  const kept = [...new Set(byWeight)].slice(0, SHOWN).sort((a, b) => a - b);
  return kept.flatMap((at, place) => (place > 0 && at > (kept[place - 1] ?? 0) + 1 ? ["      …", lines[at] ?? ""] : [lines[at] ?? ""]));
}
