// npm run goto -- N: makes N the open lesson, with a clean server store; --fresh lays its starter again as well.
import { rm } from "node:fs/promises";
import { resetLesson } from "#engine/actions/reset.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { openHouseFile } from "#engine/house/lock.ts";
import { storeOf } from "#engine/house/house.ts";
import { askHouse } from "#engine/house/wish.ts";
import { shortName } from "#engine/lessons/catalogue.ts";
import { setCurrent } from "#engine/progress/note.ts";
import { lessonAsked, main } from "./lib.ts";

await main("npm run goto -- LESSON [--fresh]", async () => {
  if (!process.argv.slice(2).some((word) => !word.startsWith("-"))) throw new Refusal("Which lesson is it to be? Its server begins with an empty store.", "npm run goto -- 4 (npm run list shows all)");
  const lesson = await lessonAsked();
  const house = openHouseFile();
  if (house) await askHouse(house, lesson.id);
  else await rm(storeOf(lesson), { recursive: true, force: true });
  await setCurrent(lesson.id);
  const reset = process.argv.includes("--fresh") ? await resetLesson(lesson) : undefined;
  console.log(`\n  At lesson ${shortName(lesson)} · ${lesson.title}, with nothing on its server but what it begins with.`);
  if (reset) console.log(`  Its starter is laid again; what you had is in ${reset.kept}, and npm run undo brings it back.`);
  console.log(house ? "\n  The workshop that is open has gone there.\n" : "\n  Next: npm start\n");
});
