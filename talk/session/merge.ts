import { diff3Merge } from "node-diff3";

/** A step brought into the presenter's file. */
export interface Stepped {
  text: string;
  /** What the presenter had written on lines that the step needed: the step's text stands, and this is kept. */
  replaced: string[];
}

/**
 * Merges a step into a file that may have been edited on stage: `base` is the text as it was laid last, `mine` the file
 * now, `step` the step's own text. What was written elsewhere survives; on the same lines the step wins.
 */
export function mergeStep({ mine, base, step }: { mine: string; base: string; step: string }): Stepped {
  const regions = diff3Merge(mine.split("\n"), base.split("\n"), step.split("\n"), { excludeFalseConflicts: true });
  const conflicts = regions.flatMap((region) => (region.conflict ? [region.conflict] : []));
  return {
    text: regions.flatMap((region) => region.ok ?? region.conflict?.b ?? []).join("\n"),
    replaced: conflicts.map(({ a }) => a.join("\n")).filter((text) => text.trim() !== ""),
  };
}
