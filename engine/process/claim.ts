import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { birthOf } from "./processes.ts";

/** A process that is told from later ones with the same pid. */
export interface KnownProcess {
  pid: number;
  /** What `birthOf(pid)` said. */
  birth: string;
}

const OWNER = "owner.json";
const GROUPS = "groups.jsonl";

/** Writes into a run's folder that it is ours. */
export async function claim(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, OWNER), JSON.stringify(await known(process.pid)));
}

/** Writes into a run's folder that this group belongs to it: for a sweep on systems without /proc. */
export async function noteGroup(folder: string, pid: number): Promise<void> {
  const group = await known(pid);
  // The folder may be on its way out; what is noted there is then of no use to anybody.
  if (group) await appendFile(join(folder, GROUPS), `${JSON.stringify(group)}\n`).catch(() => {});
}

/** Whose run it is; undefined when its end was orderly, or nobody ever claimed it. */
export async function ownerOf(folder: string): Promise<KnownProcess | undefined> {
  return (await readKnown(join(folder, OWNER)))[0];
}

/** The groups noted that are still alive and still the same. */
export async function groupsLeft(folder: string): Promise<number[]> {
  const groups = await readKnown(join(folder, GROUPS));
  const alive = await Promise.all(groups.map(isAlive));
  return groups.filter((_, index) => alive[index]).map((group) => group.pid);
}

/** True while the very process lives, not only its pid. */
export async function isAlive({ pid, birth }: KnownProcess): Promise<boolean> {
  return (await birthOf(pid)) === birth;
}

async function known(pid: number): Promise<KnownProcess | undefined> {
  const birth = await birthOf(pid);
  return birth === undefined ? undefined : { pid, birth };
}

// A torn last line is what a sudden end leaves behind.
async function readKnown(file: string): Promise<KnownProcess[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as KnownProcess];
    } catch {
      return [];
    }
  });
}
