/**
 * The talk's steps are marks in the solutions: `//@ 3` on a line of its own, for the lines up to the next mark or
 * blank line, and `//@ 1-2| code` for a line that is code in those steps only.
 */
const MARK = /^[ \t]*\/\/@.*(\r?\n|$)/gm;

/** A solution's text as a learner reads it: without the marks. */
export function withoutMarks(text: string): string {
  return text.replaceAll(MARK, "");
}
