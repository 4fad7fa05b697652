// npm run web: the page with everything behind it, without a conversation in the terminal. Ctrl-C closes it.
import { openHouse } from "#engine/house/house.ts";
import { openHouseFile } from "#engine/house/lock.ts";
import { Loop } from "#engine/loop/loop.ts";
import { openPool } from "#engine/programs/pool.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { houseAsked, main } from "./lib.ts";
import { hostOf, learnerSite } from "../web/site.ts";

const USAGE = "npm run web -- [LESSON] [--port 4322]";

await main(USAGE, async () => {
  const open = openHouseFile();
  if (open) return console.log(`\n  The workshop is open already. Its page: http://127.0.0.1:${open.ports.page}/`);
  const { lesson, port } = await houseAsked(USAGE);
  await using site = learnerSite();
  await using house = await openHouse({ lesson, command: "run web", page: site.listener, ...(port === undefined ? {} : { port }) });
  await using pool = await openPool(3);
  await using loop = new Loop({ lesson, house, pool, interactive: false, say: (text) => console.log(text), look: () => lookOf(process.stdout), tell: site.tell });
  site.inhabit(hostOf(house, loop));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => loop.quit());
  console.log(`\n  Open ${house.pageUrl} in a browser. Ctrl-C closes the workshop.`);
  await loop.run();
});
