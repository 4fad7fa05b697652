// npm start: opens the house at the lesson where you left off, and a conversation with your code.
import { openHouse } from "#engine/house/house.ts";
import { Loop } from "#engine/loop/loop.ts";
import { warmBundler } from "#engine/programs/bundle.ts";
import { openPool } from "#engine/programs/pool.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { houseAsked, main } from "./lib.ts";
import { hostOf, learnerSite } from "../web/site.ts";

const USAGE = "npm start -- [LESSON] [--port 4322]";

// From here on Ctrl-C closes what is open, also while it opens; a second one ends the process on the spot.
const closing = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => closing.abort());

await main(USAGE, async () => {
  await converse();
  console.log("\n  Closed. Nothing is left running.");
});
process.stdin.pause();

async function converse(): Promise<void> {
  const { lesson, port } = await houseAsked(USAGE);
  await using site = learnerSite();
  await using house = await openHouse({ lesson, command: "start", page: site.listener, ...(port === undefined ? {} : { port }) });
  await using pool = await openPool(3);
  void warmBundler();
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  await using loop = new Loop({
    lesson, house, pool, interactive,
    say: (text) => process.stdout.write(`${text}\n`),
    look: () => lookOf(process.stdout),
    tell: site.tell,
  });
  site.inhabit(hostOf(house, loop));
  closing.signal.addEventListener("abort", () => loop.quit());
  if (closing.signal.aborted) return;
  if (interactive) listen(loop);
  await loop.run();
}

function listen(loop: Loop): void {
  process.stdin.setRawMode(true).setEncoding("utf8").resume();
  process.once("exit", () => process.stdin.setRawMode(false));
  process.stdin.on("data", (text: string) => {
    if (text.startsWith("\u001B")) return; // an arrow or another key that sends more than one character
    for (const key of text) if (key === "\u0003" || key === "\u0004") loop.quit(); else if (key > " ") loop.press(key);
  });
}
