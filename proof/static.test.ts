import { expect, test } from "vitest";
import { numberProblems } from "./static.ts";

test("numbers that follow one another are right, and the appendix has none", () => {
  expect(numberProblems(["01-a", "02-b", "03-c", "appendix-d"])).toEqual([]);
});

test("a gap is named with the lesson that comes after it", () => {
  expect(numberProblems(["01-a", "03-c", "04-d"])).toEqual(["03-c: its number is 3, and there is no lesson 2"]);
});

test("two lessons of one number are named", () => {
  expect(numberProblems(["01-a", "02-b", "02-c"])).toEqual(["02-c: 02-b has the number 2 already"]);
});

test("a folder that is neither numbered nor an appendix is named", () => {
  expect(numberProblems(["01-a", "extra"])).toEqual(["extra: its name begins neither with two digits nor with appendix"]);
});
