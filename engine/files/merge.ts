import { diff3Merge } from "node-diff3";

/** A text that brings two sides of a change together. */
export interface Merged {
  text: string;
  /** How many places both sides had changed; there the first side's text stands. */
  conflicts: number;
}

/** Merges two changes of one text, line by line. Where both changed the same lines, `mine` wins. */
export function mergeTexts({ mine, base, theirs }: { mine: string; base: string; theirs: string }): Merged {
  const regions = diff3Merge(mine.split("\n"), base.split("\n"), theirs.split("\n"), { excludeFalseConflicts: true } as never);
  const lines = regions.flatMap((region) => region.ok ?? region.conflict?.a ?? []);
  return { text: lines.join("\n"), conflicts: regions.filter((region) => region.conflict).length };
}
