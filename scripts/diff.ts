// npm run diff -- N: the learner's programs beside the solution; before a pass only with --anyway.
import { compareText, mayCompare, notYetText } from "#engine/actions/compare.ts";
import { shortName } from "#engine/lessons/catalogue.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { lessonAsked, main } from "./lib.ts";

await main("npm run diff -- [LESSON] [--anyway]", async () => {
  const lesson = await lessonAsked();
  if ((await mayCompare(lesson)) || process.argv.includes("--anyway")) console.log(`${compareText(lesson, lookOf(process.stdout))}\n`);
  else console.log(`${notYetText(lesson, `npm run diff -- ${shortName(lesson)} --anyway`)}\n`);
});
