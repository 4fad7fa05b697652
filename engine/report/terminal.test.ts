import { expect, test } from "vitest";
import type { Verdict } from "#engine/check/verdict.ts";
import { allLessons } from "#engine/lessons/catalogue.ts";
import { ending } from "./terminal.ts";

const look = { colour: false, columns: 120 };

test("a pass names the lesson that comes next, and behind the last one the talk", async () => {
  const lessons = await allLessons();
  for (const [index, lesson] of lessons.entries()) {
    const passed: Verdict = { lesson: lesson.id, outcome: "passed", seconds: 1, checks: [], output: [], seed: "" };
    const next = lessons[index + 1];
    expect(ending(passed, lesson, look)).toContain(next ? `read lessons/${next.id}/README.md, then: npm run ${next.script}` : "npm run talk");
  }
});
