// npm run demo:recovery: a worker is killed in the middle of a charge, and another takes over what it had.
import wrap from "wrap-ansi";
import type { Lab } from "#engine/lab/lab.ts";
import { openLab } from "#engine/lab/open.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { after, nobodyHolds } from "#engine/pictures/holding.ts";
import { drawHolding } from "#engine/pictures/holding-text.ts";
import { timeline } from "#engine/pictures/timeline.ts";
import { Screen } from "#engine/report/screen.ts";
import { lookOf, type Look } from "#engine/report/terminal.ts";
import { PACES, recover, type Balance } from "./demo/recovery.ts";
import { main, readFlags } from "./lib.ts";

const USAGE = "npm run demo:recovery -- [--late] [--fast]";
const FRAME_MS = 100;
/** What is said, line by line, where no picture moves. */
const TOLD = new Set(["ready", "deliver", "call", "answer", "ack", "signal", "exit"]);

await main(USAGE, async () => {
  const { late, fast } = readFlags(USAGE, { options: { late: { type: "boolean", default: false }, fast: { type: "boolean", default: false } } }).values;
  const pace = fast ? PACES.fast : PACES.steady;
  const lesson = await findLesson("08");
  await using lab = await openLab(lesson, { from: lesson.solution });
  endOnSignals(lab);
  const look = lookOf(process.stdout);
  const screen = new Screen(process.stdout);
  const say = (text: string) => screen.say(`\n${wrap(text, look.columns - 4).replaceAll(/^/gm, "  ")}\n`);
  say(late ? "A worker dies after a charge, before its ack." : "A worker dies in the middle of a charge.");
  const stop = show(lab, { screen, look, ackWait: pace.ackWait });
  const balance = await recover(lab, { pace, late, say });
  stop();
  console.log(`\n${balanceText(balance, look)}\n`);
});

/** Draws the picture while the story goes on, or tells the events where no picture moves. Answers what ends it. */
function show(lab: Lab, { screen, look, ackWait }: { screen: Screen; look: Look; ackWait: number }): () => void {
  let holding = nobodyHolds({ stream: "ORDERS", consumer: "payments", ackWait });
  const off = lab.record.on((event) => {
    holding = after(holding, event);
    if (!screen.live && TOLD.has(event.kind) && isTold(event)) screen.say(timeline([event])[0] ?? "");
  });
  const draw = () => screen.draw(["", ...drawHolding(holding, { now: lab.record.now(), ...look })]);
  const timer = setInterval(draw, FRAME_MS);
  return () => {
    clearInterval(timer);
    off();
    draw();
    screen.keep();
  };
}

/** Deliveries that answer a request of the program's are its own affair. */
function isTold(event: { kind: string; sequence?: number; program?: string }): boolean {
  return event.program?.startsWith("worker") === true && (event.kind !== "deliver" || event.sequence !== undefined);
}

function balanceText(balance: Balance, look: Look): string {
  const { stored, acked, open, charged, lost, twice, victim, order, rescuer } = balance;
  const rows = [
    [stored, `orders in the stream ORDERS`, "the stream's state"],
    [acked, `acked, ${open} still out or waiting`, "the consumer's state"],
    [charged, `charged, ${lost.length} lost, ${twice.length} charged twice`, "the provider's ledger"],
  ] as const;
  const lines = rows.map(([count, words, source]) => `  ${String(count).padStart(4)}  ${words.padEnd(40)} (${source})`);
  const moral = twice.includes(order)
    ? `${order} was charged by ${victim}, which died before its ack, and again by ${rescuer}. Nothing is lost, and one customer pays twice: the server cannot see what happens between a charge and its ack. Lesson 12 makes the second charge harmless.`
    : `${order} was in the hands of ${victim} when it died. ${rescuer} has charged it. Nothing is lost, and nothing was written down by any worker: the ack that did not come was enough.`;
  return [...lines, "", ...wrap(moral, look.columns - 4).split("\n").map((line) => `  ${line}`)].join("\n");
}

/** Ctrl-C closes the lab before the process goes. */
function endOnSignals(lab: Lab): void {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => void lab[Symbol.asyncDispose]().finally(() => process.exit(130)));
}
