import { expect, test } from "vitest";
import { bars, spark } from "./bars.ts";

test("bars() draws the longest over the whole width, and the others to its scale", () => {
  expect(bars({ before: 500, now: 250 }, { columns: 25 })).toEqual(["before  ██████████ 500 ms", "now     █████ 250 ms"]);
});

test("bars() draws little as little and nothing as nothing", () => {
  expect(bars({ all: 1_000, some: 1, none: 0 }, { columns: 22 })).toEqual(["all   ████████ 1000 ms", "some  ▏ 1 ms", "none  0 ms"]);
});

test("bars() of nothing but zeros have amounts and no bars", () => {
  expect(bars({ here: 0, there: 0 }, { columns: 40, unit: "mails" })).toEqual(["here   0 mails", "there  0 mails"]);
});

test("spark() draws the highest as a full column and nothing as the lowest", () => {
  expect(spark([0, 50, 100, 80])).toBe("▁▅█▇");
  expect(spark([])).toBe("");
});
