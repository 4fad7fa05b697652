/**
 * npm run bench:aborts -- [--runs 100] [--seed S]: starts the workshop in a pseudo-terminal, ends it at a random moment
 * (Ctrl-C, the terminal closed, SIGKILL), and looks for what is left: processes and files. Linux only.
 * What it proves: at whatever moment a run is ended, nothing stays behind. Exit code 1 where something does.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { repositoryRoot } from "#engine/files/root.ts";
import { randomFrom } from "#engine/lab/orders.ts";
import { leftBehind } from "../test/fixtures/left.ts";
import { freePlace, Terminal } from "../test/fixtures/terminal.ts";

const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
const runs = Number(values.runs ?? 100);
const seed = values.seed ?? Date.now().toString(36);
const random = randomFrom(seed);
const root = join(repositoryRoot, ".workshop", `aborts-${process.pid}`);
const toy = join(repositoryRoot, "test/toy");
const program = join(root, "lessons/01-greet/greeter.ts");
const env = { PATH: `${process.env.PATH}:${root}` };

const WAYS = ["Ctrl-C", "Ctrl-C twice", "terminal closed", "SIGKILL"] as const;
const WHAT = ["check", "start", "start, a save", "start, keys"] as const;

mkdirSync(root, { recursive: true });
for (const tree of ["lessons", "solutions", "attempts"]) cpSync(join(toy, tree), join(root, tree), { recursive: true });
const counts = new Map<string, number>();
const bad: string[] = [];
/** Runs that had more than their own process at that moment, so that there was something to leave behind. */
let caught = 0;
/** How long the conversation takes to open on this machine now: the moments are drawn over that, and half as much again. */
let openMs = 0;
try {
  openMs = await timeToOpen();
  for (let run = 0; run < runs; run++) await abort(run);
} finally {
  rmSync(root, { recursive: true, force: true });
}
console.log(`${runs} runs ended at random moments (seed ${seed})`);
for (const [name, count] of [...counts].toSorted()) console.log(`  ${name.padEnd(34)} ${String(count).padStart(3)}`);
for (const line of bad) console.log(`  ✗ ${line}`);
console.log(`  ${caught} of them had other processes or files at that moment`);
console.log(`\n${runs - bad.length} left nothing, ${bad.length} left something`);
process.exitCode = bad.length === 0 && caught > 0 ? 0 : 1;

async function timeToOpen(): Promise<number> {
  const begun = performance.now();
  const terminal = new Terminal(["scripts/start.ts", "--port", String(await freePlace())], { root, env });
  await terminal.sees("q quit");
  const took = performance.now() - begun;
  terminal.type("q");
  await terminal.ended;
  return took;
}

async function abort(run: number): Promise<void> {
  const what = WHAT[run % WHAT.length]!;
  const way = WAYS[(run + Math.floor(run / WHAT.length)) % WAYS.length]!;
  counts.set(`${what} · ${way}`, (counts.get(`${what} · ${way}`) ?? 0) + 1);
  const words = what === "check" ? ["scripts/check.ts", "1"] : ["scripts/start.ts", "--port", String(await freePlace())];
  const terminal = new Terminal(words, { root, env });
  const at = random();
  if (what === "check" || what === "start") await sleep(at * 1.5 * openMs);
  else await amid(terminal, what, at * openMs);
  const runner = `process ${terminal.pty.pid}:`;
  if (leftBehind(root, root).some((line) => !line.startsWith(runner))) caught++;
  end(terminal, way);
  const hung = await Promise.race([terminal.ended.then(() => false), sleep(60_000, true, { ref: false })]);
  if (hung) terminal.pty.kill("SIGKILL");
  const left = await whatStays();
  if (hung || left.length > 0) bad.push(`run ${run} (${what}, ${way}, moment ${at.toFixed(3)}): ${[...(hung ? ["did not end within a minute"] : []), ...left].join("; ")}`);
}

/** Lets the conversation open, sets something going, and waits so long. */
async function amid(terminal: Terminal, what: string, ms: number): Promise<void> {
  await terminal.sees("q quit");
  if (what === "start, keys") terminal.type(["rc", "b", "3ro", "rsn"][Math.floor(random() * 4)]!);
  else writeFileSync(program, `import "#world";\n// ${random()}\nsetInterval(() => {}, 1e6);\n`);
  await sleep(ms);
}

function end(terminal: Terminal, way: (typeof WAYS)[number]): void {
  if (way === "SIGKILL") return terminal.pty.kill("SIGKILL");
  if (way === "terminal closed") return terminal.pty.kill("SIGHUP");
  terminal.type("\u0003");
  if (way === "Ctrl-C twice") terminal.type("\u0003");
}

/** The reaper works after its runner has gone: what is there half a minute later stays. */
async function whatStays(): Promise<string[]> {
  let left = leftBehind(root, root);
  for (const deadline = Date.now() + 30_000; left.length > 0 && Date.now() < deadline; left = leftBehind(root, root)) await sleep(50);
  return left;
}
