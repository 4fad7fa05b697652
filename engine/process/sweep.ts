import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { groupsLeft, isAlive, ownerOf } from "./claim.ts";
import { send } from "./group.ts";
import { tagged } from "./processes.ts";
import { RUN_TAG } from "./reaper.ts";

/** How many flight records are kept. */
export const KEPT_RUNS = 20;
const FLIGHT = "flight.jsonl";
/** A folder without an owner and without a flight record may be one that is being opened right now. */
const YOUNG_MS = 60_000;

/**
 * Clears what earlier runs left under `.workshop/run/` of `root`: processes and files of runs whose runner is gone
 * (its pid is free, or belongs to a process with another start time), and all flight records but the last 20.
 * Runs that are still going are left alone. Returns what was done, a sentence each; empty when there was nothing.
 */
export async function sweep(root: string): Promise<string[]> {
  const folders = await runFolders(join(root, ".workshop", "run"));
  const gone = (await Promise.all(folders.map(async (folder) => ((await isGoing(folder)) ? [] : [folder])))).flat();
  const cleared = await Promise.all(gone.map(clear));
  return [...cleared.flat(), ...(await dropOldRecords(gone.map((run) => run.path)))];
}

interface RunFolder {
  id: string;
  path: string;
}

async function runFolders(parent: string): Promise<RunFolder[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => ({ id: entry.name, path: join(parent, entry.name) }));
}

async function isGoing({ path }: RunFolder): Promise<boolean> {
  const owner = await ownerOf(path);
  return owner ? isAlive(owner) : (await ageOf(path)) < YOUNG_MS;
}

async function clear({ id, path }: RunFolder): Promise<string[]> {
  const processes = await stopLeft(id, path);
  // Two commands may sweep at once; what the other one has removed is gone.
  const files = (await readdir(path).catch(() => [])).filter((name) => name !== FLIGHT);
  await Promise.all(files.map((name) => rm(join(path, name), { recursive: true, force: true, maxRetries: 5 })));
  const what = [...(processes ? [`stopped ${counted(processes, "process", "processes")}`] : []), ...(files.length ? [`removed ${counted(files.length, "file or folder", "files and folders")}`] : [])];
  return what.length ? [`Run ${id}, whose runner is gone: ${what.join(", ")}`] : [];
}

async function stopLeft(id: string, path: string): Promise<number> {
  const groups = await groupsLeft(path);
  const others = (await tagged(RUN_TAG, id)).filter((pid) => !groups.includes(pid));
  return groups.filter((pid) => send(-pid, "SIGKILL")).length + others.filter((pid) => send(pid, "SIGKILL")).length;
}

// The age is that of the record's last line: the folder itself has just been cleared.
async function dropOldRecords(paths: string[]): Promise<string[]> {
  const aged = await Promise.all(paths.map(async (path) => ({ path, age: await ageOf(join(path, FLIGHT)) })));
  const old = aged.toSorted((a, b) => a.age - b.age).filter(({ age }, index) => index >= KEPT_RUNS || age === Infinity);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
  const records = old.filter(({ age }) => age < Infinity).length;
  return records ? [`Removed ${counted(records, "old flight record", "old flight records")}, kept the last ${KEPT_RUNS}`] : [];
}

async function ageOf(path: string): Promise<number> {
  return stat(path).then((found) => Date.now() - found.mtimeMs, () => Infinity);
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
