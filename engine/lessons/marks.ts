/**
 * The talk's steps are marks in the solutions, so that no code exists twice: `//@ 3` on a line of its own, for the
 * lines up to the next mark or blank line, and `//@ 1-2| code` (or `//@ 1| code`) for a line that is code in those states only. A
 * solution runs as it stands and is its own last state.
 */
const MARK = /^[ \t]*\/\/@.*(\r?\n|$)/gm;
const FROM = /^[ \t]*\/\/@ (\d+)[ \t]*$/;
const ONLY = /^([ \t]*)\/\/@ (\d+)(?:-(\d+))?\| ?(.*)$/;

/** A solution's text as a learner reads it: without the marks. */
export function withoutMarks(text: string): string {
  return text.replaceAll(MARK, "");
}

/** The number of a marked text's last state: 1 where it has no marks. */
export function lastState(text: string): number {
  const numbers = text.split("\n").flatMap((line) => {
    const [from, only] = [FROM.exec(line), ONLY.exec(line)];
    return from ? [Number(from[1])] : only ? [Number(only[3] ?? only[2]) + 1] : [];
  });
  return Math.max(1, ...numbers);
}

/**
 * A marked text as it is in state `state`, from 1. Blank lines that a missing part leaves behind are drawn together.
 * Throws a `SyntaxError` for a mark that is neither of the two forms.
 */
export function stateOf(text: string, state: number): string {
  const kept: string[] = [];
  let from = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const mark = readMark(line, index);
    if (mark?.code !== undefined && state >= mark.from && state <= mark.to) kept.push(mark.code);
    // `//@ 1-2| …` stands between the lines that take its place and those after them, and ends no part but its own.
    if (mark) from = mark.from;
    if (mark?.code !== undefined) from = 0;
    if (mark) continue;
    if (line.trim() === "") from = 0;
    if (state < from) continue;
    if (line.trim() === "" && kept.at(-1)?.trim() === "") continue;
    kept.push(line);
  }
  return kept.join("\n");
}

interface Mark {
  from: number;
  to: number;
  /** Code that stands in a comment. */
  code?: string;
}

function readMark(line: string, index: number): Mark | undefined {
  if (!/^[ \t]*\/\/@/.test(line)) return undefined;
  const from = FROM.exec(line);
  if (from) return { from: Number(from[1]), to: Infinity };
  const [, indent = "", first, last, code = ""] = ONLY.exec(line) ?? [];
  if (first) return { from: Number(first), to: Number(last ?? first), code: indent + code };
  throw new SyntaxError(`line ${index + 1} is no mark of the talk: ${line.trim()} (it is "//@ 3" or "//@ 1-2| code")`);
}
