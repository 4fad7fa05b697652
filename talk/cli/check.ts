import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { portsFrom } from "#engine/house/ports.ts";
import { findServer } from "#engine/server/find.ts";
import { isFree } from "#engine/server/ports.ts";
import { missed, walkApart } from "../stage/apart.ts";
import { httpPort } from "../stage/theatre.ts";
import { readTalk, type Talk } from "../text/talk.ts";
import { rehearsals } from "./saved.ts";
import { clock } from "./told.ts";

/** The day before, and again on stage: whether the talk can be given from this machine. Answers whether all is well. */
export async function checkTalk(root: string, { only }: { only?: readonly string[] } = {}): Promise<boolean> {
  const talk = readTalk();
  const findings = [
    [talk.seconds === 25 * 60, `${talk.steps.length} steps of ${clock(talk.seconds)} in all, for 25:00`],
    ...(await portFindings()),
    await serverFinding(),
    [inPath("curl"), "curl, which plays the customer"],
    [offline(talk).length === 0, `offline: ${offline(talk).length === 0 ? "no step needs anything but this machine" : `these steps do: ${offline(talk).join(", ")}`}`],
  ] as [boolean, string][];
  for (const [ok, text] of findings) say(ok, text);
  console.log(`  ·  screens and fonts: open /stage on the projector; the desk says how large its window is\n  ·  exporting a PDF: ${chromium() === undefined ? "no Chromium here, so HTML only" : "with Chromium"}\n`);
  const begun = performance.now();
  const walked = await walkApart({
    recordingsFor: root, panic: true, ...(only ? { only } : {}),
    onStep: (step) => say(!step.error && step.seen.every(({ ok }) => ok), `${step.id}  ${step.took.toFixed(1).padStart(5)} s  ${step.title}${step.panicMs === undefined ? "" : `   (panic ${step.panicMs} ms)`}`),
  });
  const wrong = missed(walked);
  const slowest = Math.max(0, ...walked.map(({ panicMs }) => panicMs ?? 0));
  console.log(`\n  ${walked.length} steps in ${((performance.now() - begun) / 1000).toFixed(0)} s; the slowest panic took ${slowest} ms. Recordings of all steps are kept.`);
  for (const text of wrong) console.log(`  ✗  ${text}`);
  console.log(`\n${rehearsedText(root, talk)}`);
  return wrong.length === 0 && findings.every(([ok]) => ok);
}

/** What the rehearsals took beside the budgets: the average of each step, in seconds. */
export function averages(root: string): Map<string, number> {
  const all = rehearsals(root).flatMap(({ took }) => Object.entries(took));
  const ids = [...new Set(all.map(([id]) => id))];
  return new Map(ids.map((id) => {
    const times = all.filter(([other]) => other === id).map(([, seconds]) => seconds);
    return [id, times.reduce((sum, seconds) => sum + seconds, 0) / times.length];
  }));
}

/** A Chromium that can be started; undefined where there is none. */
export function chromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CHROMIUM) return env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const places = [...names.flatMap((name) => (env.PATH ?? "").split(delimiter).map((folder) => join(folder, name))), "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];
  return places.find((file) => existsSync(file));
}

function rehearsedText(root: string, talk: Talk): string {
  const real = averages(root);
  if (real.size === 0) return "  Not rehearsed yet: npm run talk, to the last step, keeps the time of each step.";
  const total = talk.steps.reduce((sum, { id, seconds }) => sum + (real.get(id) ?? seconds), 0);
  const over = talk.steps.filter(({ id, seconds }) => (real.get(id) ?? 0) > seconds * 1.2).map(({ id, seconds }) => `${id} (${clock(real.get(id) ?? 0)} for ${clock(seconds)})`);
  return `  Rehearsed ${rehearsals(root).length} times: ${clock(total)} for 25:00.${over.length > 0 ? ` Longer than planned: ${over.join(", ")}.` : ""}`;
}

async function portFindings(): Promise<[boolean, string][]> {
  const ports = portsFrom();
  const wanted = [...Object.values(ports), httpPort(ports)];
  const free = await Promise.all(wanted.map((port) => isFree(port)));
  return wanted.map((port, index) => [free[index]!, `port ${port}${free[index] ? " is free" : " is taken: npm run talk -- --port 4322 moves all of them"}`]);
}

async function serverFinding(): Promise<[boolean, string]> {
  try {
    const { version, source } = await findServer();
    return [true, `nats-server ${version}, from ${source}`];
  } catch (error) {
    return [false, (error as Error).message];
  }
}

/** Steps that name another machine in what they run. */
function offline(talk: Talk): string[] {
  return talk.steps.filter(({ commands }) => commands.some(({ text }) => /https?:\/\/(?!127\.0\.0\.1|localhost)/.test(text))).map(({ id }) => id);
}

function inPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function say(ok: boolean, text: string): void {
  console.log(`  ${ok ? "✓" : "✗"}  ${text}`);
}
