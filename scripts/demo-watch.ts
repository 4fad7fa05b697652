// npm run demo:watch: lesson 15's pipeline, three illnesses to switch on, and what its numbers do.
import { setTimeout as pause } from "node:timers/promises";
import pc from "picocolors";
import wrap from "wrap-ansi";
import { openLab } from "#engine/lab/open.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { spark } from "#engine/pictures/bars.ts";
import { Screen } from "#engine/report/screen.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { ILLNESSES, openPipeline, tour, type Illness, type Numbers, type WatchedPipeline } from "./demo/watch.ts";
import { main, readFlags } from "./lib.ts";

const USAGE = "npm run demo:watch -- [--tour] [--fast]";
const EVERY_MS = 1_000;
/** So many seconds are drawn. */
const SHOWN = 40;
const KEYS: Record<string, Illness> = { 1: "slow", 2: "hangs", 3: "fails" };

await main(USAGE, async () => {
  const flags = readFlags(USAGE, { options: { tour: { type: "boolean", default: false }, fast: { type: "boolean", default: false } } }).values;
  const lesson = await findLesson("15");
  await using lab = await openLab(lesson, { from: lesson.solution, noLimits: true });
  await using pipeline = await openPipeline(lab);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());
  const { columns } = lookOf(process.stdout);
  const screen = new Screen(process.stdout);
  const say = (text: string) => screen.say(`\n${wrap(text, columns - 4).replaceAll(/^/gm, "  ")}\n`);
  say(introduction(pipeline));
  const keys = process.stdin.isTTY && !flags.tour;
  if (keys) listen(pipeline, stop);
  const drawing = draw(pipeline, { screen, keys, signal: stop.signal });
  const seen = keys ? await aborted(stop.signal) : await tour(pipeline, { tell: say, stays: flags.fast ? 0 : 5_000, signal: stop.signal });
  stop.abort();
  await drawing;
  process.stdin.pause();
  screen.keep();
  say(`${seen.length > 0 ? `Seen: ${seen.join(", ")}. ` : ""}The rules behind the one word are lesson 15: npm run check:lesson-15`);
});

function introduction({ ports }: WatchedPipeline): string {
  const standard = ports.watch === 8080 && ports.worker === 9464;
  const prometheus = standard
    ? "Where Prometheus is installed, it draws the same series: prometheus --config.file=lessons/15-observability/prometheus.yml"
    : `Prometheus would need these two ports in lessons/15-observability/prometheus.yml: ${ports.watch} and ${ports.worker}.`;
  return `Orders come in, a worker charges them, a watchman watches. What you see comes from http://127.0.0.1:${ports.watch}/metrics and http://127.0.0.1:${ports.worker}/metrics. ${prometheus}`;
}

/** Draws the numbers once a second; where no picture moves, one line each time. */
async function draw(pipeline: WatchedPipeline, { screen, keys, signal }: { screen: Screen; keys: boolean; signal: AbortSignal }): Promise<void> {
  const past: (Numbers & { rate: number })[] = [];
  for (; !signal.aborted; await pause(EVERY_MS, undefined, { signal }).catch(() => {})) {
    const now = await pipeline.look();
    const done = now.handled - (past.at(-1)?.handled ?? now.handled);
    past.push({ ...now, rate: Number.isFinite(done) ? done : 0 });
    past.splice(0, past.length - SHOWN);
    if (screen.live) screen.draw(picture(past, pipeline, keys));
    else screen.say(`  waiting ${now.pending}  in hand ${now.ackPending}  more than once ${now.redelivered}  ${now.state}  /healthz ${now.healthz}`);
  }
}

function picture(past: (Numbers & { rate: number })[], { illness }: WatchedPipeline, keys: boolean): string[] {
  const now = past.at(-1)!;
  const row = (name: string, pick: (numbers: Numbers & { rate: number }) => number) => `  ${name.padEnd(28)} ${String(pick(now)).padStart(5)}  ${pc.cyan(spark(past.map(pick)))}`;
  const paint = now.healthz === 200 ? pc.green : pc.red;
  return [
    "",
    row("pipeline_pending", ({ pending }) => pending),
    row("pipeline_ack_pending", ({ ackPending }) => ackPending),
    row("pipeline_redelivered", ({ redelivered }) => redelivered),
    row("orders handled in a second", ({ rate }) => rate),
    "",
    `  pipeline_health              ${paint(pc.bold(now.state || "no answer"))}   /healthz ${paint(String(now.healthz))}`,
    `  what is wrong                ${illness ? ILLNESSES[illness].says : "nothing"}`,
    "",
    ...(keys ? [pc.dim(`  ${Object.entries(KEYS).map(([key, one]) => `${key} ${ILLNESSES[one].says}`).join("  ·  ")}  ·  0 well  ·  q quit`)] : []),
  ];
}

function listen(pipeline: WatchedPipeline, stop: AbortController): void {
  process.stdin.setRawMode(true).resume().on("data", (typed: Buffer) => {
    for (const key of typed.toString()) {
      if (key === "q" || key === "\u0003") stop.abort();
      else if (key === "0") pipeline.makeIll();
      else if (KEYS[key]) pipeline.makeIll(KEYS[key]);
    }
  });
}

async function aborted(signal: AbortSignal): Promise<string[]> {
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  process.stdin.setRawMode(false);
  return [];
}
