// npm run chaos: the reference pipeline under random faults, then the balance: nothing lost, nothing charged twice.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import pc from "picocolors";
import { Refusal } from "#engine/files/refusal.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { timeline } from "#engine/pictures/timeline.ts";
import { lifeOf, type Fate } from "../chaos/balance.ts";
import { chaos, type Outcome } from "../chaos/run.ts";
import { main, numberFlag, readFlags } from "./lib.ts";

const USAGE = "npm run chaos -- [--minutes 1] [--seed SEED] [--rate 20] [--workers 3] [--from FOLDER]";
/** Orders whose lives are told when something is wrong. */
const TOLD = 3;

await main(USAGE, async () => {
  const { minutes, seed, rate, workers, from } = readArguments();
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());
  console.log(`\n  ${minutes} ${minutes === 1 ? "minute" : "minutes"} of faults with seed ${pc.bold(seed)}: three servers, ${workers} workers, ${rate} orders a second.\n  Ctrl-C makes the balance of what has been so far.\n`);
  const onFault = (line: string, at: number) => console.log(`  ${pc.dim(`${(at / 1_000).toFixed(1)} s`.padStart(8))}  ${line}`);
  const outcome = await chaos({ seed, ms: minutes * 60_000, rate, workers, onFault, signal: stop.signal, ...(from ? { from } : {}) }, tellWrong);
  console.log(`\n${balanceLines(outcome).map((line) => `  ${line}`).join("\n")}\n`);
  const wrong = outcome.balance.lost.length + outcome.balance.doubled.length;
  if (wrong > 0) console.log(pc.red(`  ${wrong} ${wrong === 1 ? "order is" : "orders are"} wrong. Once more with the same plan of faults: npm run chaos -- --minutes ${minutes} --seed ${seed} --rate ${rate} --workers ${workers}${from ? ` --from ${relative(process.cwd(), from)}` : ""}\n`));
  process.exitCode = wrong > 0 ? 1 : 0;
});

function readArguments(): { minutes: number; seed: string; rate: number; workers: number; from?: string } {
  const { values } = readFlags(USAGE, {
    options: { minutes: { type: "string", default: "1" }, seed: { type: "string" }, rate: { type: "string", default: "20" }, workers: { type: "string", default: "3" }, from: { type: "string" } },
  });
  const from = values.from === undefined ? undefined : resolve(values.from);
  if (from && !existsSync(join(from, "worker.ts"))) throw new Refusal(`--from is a folder with a worker.ts, and ${values.from} has none.`, USAGE);
  return {
    minutes: numberFlag(USAGE, "--minutes", values.minutes, { from: 0.1, to: 600 }),
    rate: numberFlag(USAGE, "--rate", values.rate, { from: 1, to: 500 }),
    workers: numberFlag(USAGE, "--workers", values.workers, { from: 1, to: 9, whole: true }),
    seed: values.seed ?? randomBytes(3).toString("hex"),
    ...(from ? { from } : {}),
  };
}

function balanceLines({ faults, published, fallen, balance }: Outcome): string[] {
  const injected = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(faults).map(([kind, count]) => `${count} ${kind}`).join(", ");
  const parked = Object.entries(balance.parked).map(([reason, count]) => `${count} ${reason}`).join(", ") || "none";
  const row = (what: string, value: string | number, note = "") => `${what.padEnd(18)} ${String(value).padStart(6)}  ${pc.dim(note)}`;
  const bad = (count: number) => (count === 0 ? pc.green("0".padStart(6)) : pc.red(String(count).padStart(6)));
  return [
    row("faults", injected, kinds),
    row("workers restarted", fallen, "that had ended by themselves"),
    row("sent again", published.again, `${published.duplicates} of them were stored already`),
    row("orders accepted", balance.accepted, "their PubAck came"),
    row("charged, shipped", balance.fulfilled, `${balance.shippedAgain} announced to the carrier more than once, which knows no keys`),
    row("dead letters", Object.values(balance.parked).reduce((sum, count) => sum + count, 0), parked),
    row("lost", bad(balance.lost.length)),
    row("charged twice", bad(balance.doubled.length)),
  ];
}

/** The whole life of the first orders that are wrong, while the record is there. */
function tellWrong(lab: Lab, { balance }: Outcome): void {
  const wrong = [...balance.doubled, ...balance.lost];
  for (const fate of wrong.slice(0, TOLD)) tell(lab, fate);
  if (wrong.length > 0) console.log(`\n  The whole record is ${relative(repositoryRoot, lab.folder)}/flight.jsonl`);
}

function tell(lab: Lab, { order, wrong }: Fate): void {
  console.log(pc.red(`\n  ${order.orderId}: ${wrong}. Its life:\n`));
  for (const line of timeline(lifeOf(lab, order))) console.log(`    ${line}`);
}
