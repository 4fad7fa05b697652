// npm run hint -- N: the next hint for the check that fails, one step at a time.
import { hintText, nextHint } from "#engine/actions/hint.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { lessonAsked, main } from "./lib.ts";

await main("npm run hint -- [LESSON]", async () => {
  const lesson = await lessonAsked();
  console.log(`${hintText(lesson, await nextHint(lesson), lookOf(process.stdout))}\n`);
});
