// npm run check:all: checks every lesson again and derives the progress afresh.
import pc from "picocolors";
import { runLesson } from "#engine/check/runner.ts";
import { exitCode, firstFailure } from "#engine/check/verdict.ts";
import { allLessons, shortName } from "#engine/lessons/catalogue.ts";
import { noteRun } from "#engine/progress/note.ts";
import { main } from "./lib.ts";

await main("npm run check:all", async () => {
  console.log("");
  for (const lesson of await allLessons()) {
    const verdict = await runLesson(lesson);
    await noteRun(lesson, verdict);
    const failed = firstFailure(verdict);
    const mark = { passed: pc.green("✓"), failed: pc.red("✗"), broken: pc.red("!") }[verdict.outcome];
    const why = verdict.error?.text.split("\n")[0] ?? (failed ? `${failed.title}${failed.diagnosis ? `: ${failed.diagnosis.id}` : ""}` : "");
    console.log(`  ${mark} ${shortName(lesson).padStart(2)}  ${lesson.title.padEnd(42)} ${pc.dim(`${verdict.seconds.toFixed(1)} s`.padStart(7))}  ${why}`);
    process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCode(verdict));
  }
  console.log("");
});
