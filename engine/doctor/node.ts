import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { isAtLeast } from "#engine/server/binary.ts";
import { note, ok, problem, type Finding, type Surroundings } from "./finding.ts";

/** Whether Node is as new as package.json requires. */
export async function lookAtNode({ root, nodeVersion, system }: Surroundings): Promise<Finding> {
  const { engines } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { engines: { node: string } };
  const required = engines.node.replace(/^>=\s*/, "");
  if (isAtLeast(nodeVersion, required)) return ok(`Node ${nodeVersion} (${required} or later is required)`);
  const remedy = system === "darwin" ? "brew install node@22" : "nvm install 22   # nvm comes from github.com/nvm-sh/nvm";
  return problem(`Node ${nodeVersion}: ${required} or later is required`, remedy);
}

/** How long an idle machine takes to start Node, in milliseconds; measured between 66 and 96. */
const USUAL_MS = 80;

/** How quickly this machine starts Node. Deadlines of checks follow it through WORKSHOP_PATIENCE. */
export async function lookAtSpeed({ env }: Surroundings): Promise<Finding> {
  return judgeSpeed(await measureNodeStart(5), Number(env.WORKSHOP_PATIENCE) || 1);
}

/** What a measured start means. `patience` is what the environment says now. */
export function judgeSpeed(ms: number, patience: number): Finding {
  const proposed = ms >= 4 * USUAL_MS ? 3 : ms >= 2 * USUAL_MS ? 2 : 1;
  const start = `Node starts in ${Math.round(ms)} ms`;
  if (patience >= proposed) return ok(patience > 1 ? `${start}, WORKSHOP_PATIENCE is ${patience}` : start);
  return note(`${start}, which is slow: the deadlines of checks had better be ${proposed} times as long`, `export WORKSHOP_PATIENCE=${proposed}`);
}

async function measureNodeStart(times: number): Promise<number> {
  const taken: number[] = [];
  while (taken.length < times) {
    const began = performance.now();
    await promisify(execFile)(process.execPath, ["-e", "0"]);
    taken.push(performance.now() - began);
  }
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}
