// npm run reset -- N: lays a lesson's starter again. What was typed is kept, and `npm run undo` brings it back.
import { resetLesson } from "#engine/actions/reset.ts";
import { lessonAsked, main } from "./lib.ts";

await main("npm run reset -- [LESSON]", async () => {
  const lesson = await lessonAsked();
  const reset = await resetLesson(lesson);
  if (!reset) console.log(`\n  Lesson ${lesson.id} is as it was laid: there is nothing to reset.\n`);
  else console.log(`\n  Laid again: ${reset.files.join(", ")}\n\n  What you had is in ${reset.kept}\n  Bring it back: npm run undo\n`);
});
