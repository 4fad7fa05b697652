// npm run list: the lessons, how far the learner is, and what to type for the next one.
import { listText } from "#engine/actions/list.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { main } from "./lib.ts";

await main("npm run list", async () => console.log(`${await listText(lookOf(process.stdout))}\n`));
