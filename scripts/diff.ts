// npm run diff -- N: the learner's programs beside the solution, marks of the talk left out.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import pc from "picocolors";
import { shortName } from "#engine/lessons/catalogue.ts";
import { withoutMarks } from "#engine/lessons/marks.ts";
import { readProgress } from "#engine/progress/progress.ts";
import { lessonAsked, main } from "./lib.ts";

await main(async () => {
  const lesson = await lessonAsked();
  const progress = await readProgress();
  if (!progress.lessons[lesson.id]?.passedAt && !process.argv.includes("--anyway")) {
    console.log(`\n  Lesson ${shortName(lesson)} has not passed yet, and this shows the solution.\n\n  A hint instead: npm run hint -- ${shortName(lesson)}\n  Show it anyway: npm run diff -- ${shortName(lesson)} --anyway\n`);
    return;
  }
  for (const name of Object.keys(lesson.programs)) {
    const [mine, theirs] = [join(lesson.folder, `${name}.ts`), join(lesson.solution, `${name}.ts`)].map((file) => (existsSync(file) ? readFileSync(file, "utf8") : ""));
    const patch = createTwoFilesPatch(`yours/${name}.ts`, `solution/${name}.ts`, mine ?? "", withoutMarks(theirs ?? ""), "", "", { context: 4 });
    console.log(patch.split("\n").slice(1).map(painted).join("\n"));
  }
});

function painted(line: string): string {
  if (line.startsWith("+")) return pc.green(line);
  if (line.startsWith("-")) return pc.red(line);
  return line.startsWith("@@") ? pc.cyan(line) : line;
}
