// npm run server: opens the house without the conversation, shows where everything is, and closes it on Ctrl-C.
import { relative } from "node:path";
import { chalk } from "zx";
import { openHouse } from "#engine/house/house.ts";
import { houseAsked, main } from "./lib.ts";

const USAGE = "npm run server -- [LESSON] [--port 4322]";

const stop = new Promise<void>((resolve) => {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
});

await main(USAGE, async () => {
  const { lesson, port } = await houseAsked(USAGE);
  await using house = await openHouse({ lesson, command: "run server", ...(port === undefined ? {} : { port }) });
  const rows = [
    ["programs", house.natsUrl, "through the wire tap, which writes down what it sees"],
    ["monitoring", house.server.monitor, "try /varz, /connz?subs=1 and /jsz"],
    ["the world", house.worldUrl, "payment, warehouse, mail"],
    ["the store", relative(process.cwd(), house.server.store), `JetStream's files for lesson ${lesson.id}`],
    ["nats-server", house.server.url, "the server itself, past the tap"],
  ];
  for (const [what, where, note] of rows) console.log(`  ${chalk.dim(what?.padEnd(12))} ${where?.padEnd(30)} ${chalk.dim(note)}`);
  for (const line of house.exports) console.log(`\n  ${chalk.yellow(line)}`);
  house.onAsked = async (lesson) => {
    await house.moveTo(lesson, { fresh: true });
    console.log(`\n  Now at lesson ${lesson.id}: its store is empty, and the server itself is on ${house.server.url}.`);
  };
  console.log(`\n  Ctrl-C stops it.`);
  await stop;
  console.log("\n  Stopped.");
});
