// npm run timeline -- N: what the last run of a lesson's check saw, from the flight record.
import { timelineText } from "#engine/actions/timeline.ts";
import { lessonAsked, main } from "./lib.ts";

await main("npm run timeline -- [LESSON]", async () => console.log(`${await timelineText(await lessonAsked())}\n`));
