// npm run list: the lessons, how far the learner is, and what to type for the next one.
import pc from "picocolors";
import { allLessons, shortName } from "#engine/lessons/catalogue.ts";
import { currentLesson } from "#engine/progress/current.ts";
import { readProgress } from "#engine/progress/progress.ts";
import { main } from "./lib.ts";

await main(async () => {
  const [lessons, progress, current] = await Promise.all([allLessons(), readProgress(), currentLesson()]);
  if (progress.notice) console.log(`\n  ${pc.yellow(progress.notice)}`);
  console.log("");
  for (const lesson of lessons) {
    const mine = progress.lessons[lesson.id];
    const mark = mine?.passedAt ? pc.green("✓") : mine ? pc.yellow("…") : pc.dim("·");
    const tries = mine && mine.tries > 0 ? pc.dim(`${mine.tries} ${mine.tries === 1 ? "try" : "tries"}`) : "";
    const here = lesson.id === current.id ? pc.cyan(" ← you are here") : "";
    console.log(`  ${mark} ${shortName(lesson).padStart(2)}  ${lesson.title.padEnd(42)} ${pc.dim(`${lesson.minutes} min`.padStart(7))}  ${tries}${here}`);
  }
  console.log(`\n  read   lessons/${current.id}/README.md\n  check  npm run ${current.script}\n`);
});
