import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { note, ok, type Finding, type Surroundings, type System } from "./finding.ts";

/** A clock may be this far behind a file before it is called wrong: time zones of archives, coarse file systems. */
const TOLERANCE_MS = 26 * 3_600_000;
/** Over the watched 200 ms the two clocks may part by this much. */
const JUMP_MS = 100;

/** Whether the clock is sane: not earlier than the files here, and not jumping. A wrong one makes certificates fail. */
export async function lookAtClock({ root, now, system }: Surroundings): Promise<Finding> {
  const { mtimeMs } = await stat(join(root, "package.json"));
  const remedy = REMEDIES[system];
  const shown = new Date(now()).toISOString().replace(/\.\d+Z$/, "Z");
  if (now() < mtimeMs - TOLERANCE_MS) return note(`the clock says ${shown}, which is earlier than package.json was written: certificates and times in lessons will be wrong`, remedy);
  const jump = await jumpOf(now);
  if (Math.abs(jump) > JUMP_MS) return note(`the clock jumped by ${Math.round(jump)} ms while it was watched: times in lessons will be wrong`, remedy);
  return ok(`the clock says ${shown}`);
}

async function jumpOf(now: () => number): Promise<number> {
  const wall = now();
  const steady = performance.now();
  await wait(200);
  return now() - wall - (performance.now() - steady);
}

const REMEDIES: Record<System, string> = {
  linux: "sudo timedatectl set-ntp true",
  darwin: "sudo sntp -sS time.apple.com",
  wsl: "sudo hwclock -s   # WSL's clock stands still while Windows sleeps",
  windows: "w32tm /resync",
};
