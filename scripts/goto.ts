// npm run goto -- N: makes N the open lesson, with a clean server store; --fresh lays its starter again as well.
import { rm } from "node:fs/promises";
import { resetLesson } from "#engine/actions/reset.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { openHouseFile } from "#engine/house/lock.ts";
import { storeOf } from "#engine/house/house.ts";
import { shortName } from "#engine/lessons/catalogue.ts";
import { setCurrent } from "#engine/progress/note.ts";
import { lessonAsked, main } from "./lib.ts";

await main(async () => {
  const lesson = await lessonAsked();
  const house = openHouseFile();
  if (house) throw new Refusal(`Cannot clear the server's store as the workshop is open on it (process ${house.pid}). In its terminal the keys ${shortName(lesson)} g go there.`, `kill ${house.pid}`);
  await rm(storeOf(lesson), { recursive: true, force: true });
  await setCurrent(lesson.id);
  const reset = process.argv.includes("--fresh") ? await resetLesson(lesson) : undefined;
  console.log(`\n  At lesson ${shortName(lesson)} · ${lesson.title}, with nothing on its server yet.`);
  if (reset) console.log(`  Its starter is laid again; what you had is in ${reset.kept}, and npm run undo brings it back.`);
  console.log(`\n  Next: npm start\n`);
});
