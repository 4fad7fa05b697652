import { expect, test } from "vitest";
import { abridged } from "./abridge.ts";

const story = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

test("abridged() leaves a short story alone, and keeps the first three and the last four lines of a long one", () => {
  expect(abridged(story(8))).toEqual(story(8));
  expect(abridged(story(20))).toEqual(["line 0", "line 1", "line 2", "      …", "line 16", "line 17", "line 18", "line 19"]);
});

test("abridged() shows where the story turns, wherever that is", () => {
  expect(abridged(story(20), [9])).toEqual(["line 0", "line 1", "line 2", "      …", "line 9", "      …", "line 17", "line 18", "line 19"]);
  expect(abridged(story(20), [5, 9, 12])).toContain("line 5");
});

test("abridged() shows the last turns of many, and how it began and ended", () => {
  const shown = abridged(story(30), [4, 6, 8, 10, 12, 14, 16]);
  expect(shown.filter((line) => line.startsWith("line"))).toEqual(["line 0", "line 10", "line 12", "line 14", "line 16", "line 28", "line 29"]);
});
