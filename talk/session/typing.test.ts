import { expect, test } from "vitest";
import { changedLines, isTyped, lineByLine } from "./typing.ts";

const from = "a\nb\nc\n";
const to = "a\nB1\nB2\nc\nd\n";

test("line by line, each press brings one line, and the last is the step", () => {
  const stops = lineByLine(from, to);
  expect(stops).toEqual(["a\nB1\nc\n", "a\nB1\nB2\nc\n", "a\nB1\nB2\nc\nd\n"]);
  expect(lineByLine(from, from)).toEqual([]);
  expect(lineByLine("a\nb\n", "a\n")).toEqual(["a\n"]);
});

test("a change is shown with the lines around it", () => {
  const lines = changedLines("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\nX\n6\n7\n", { around: 1 });
  expect(lines.map(({ kind, text }) => kind + text)).toEqual([" …", " 4", "-5", "+X", " 6", " …"].slice(lines[0]?.text === "…" ? 0 : 1));
});

test("what is typed counts without its blanks", () => {
  expect(isTyped("a\n\n  b( c )\n", "a\nb( c )")).toBe(true);
  expect(isTyped("a\n", "b\n")).toBe(false);
});
