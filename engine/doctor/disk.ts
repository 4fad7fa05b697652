import { statfs } from "node:fs/promises";
import { note, ok, problem, type Finding, type Surroundings } from "./finding.ts";

/** JetStream may take 1 GB by nats-server.conf; a check takes some megabytes. */
const PLENTY = 2e9;
const LEAST = 300e6;

/** Whether the disk of the repository has room for what the lessons write. */
export async function lookAtDisk({ root }: Surroundings): Promise<Finding> {
  const { bavail, bsize } = await statfs(root);
  return judgeDisk(bavail * bsize);
}

/** What this many free bytes mean. */
export function judgeDisk(free: number): Finding {
  const text = `${(free / 1e9).toFixed(1)} GB free on this disk`;
  if (free >= PLENTY) return ok(text);
  const remedy = "du -sh .workshop   # what the workshop takes; the rest is yours to find";
  return free >= LEAST ? note(`${text}, streams may fill it`, remedy) : problem(`${text}: at least ${LEAST / 1e6} MB are required`, remedy);
}
