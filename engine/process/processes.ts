import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import pidusage from "pidusage";

/** A line of the system's process table. */
export interface ProcessRow {
  pid: number;
  parent: number;
}

const run = promisify(execFile);

/** The leader and its descendants; only the leader when it is gone. Linux: 0.2 ms for a node process, so that polling costs nothing. */
export async function familyOf(leader: number): Promise<number[]> {
  const childrenOf = existsSync(`/proc/self/task/${process.pid}/children`) ? childrenFromProc : childrenIn(await processTable());
  const family = [leader];
  for (const pid of family) family.push(...childrenOf(pid));
  return family;
}

/** All processes of this machine that we may see. Linux reads /proc, other systems ask `ps`. */
export function processTable(): Promise<ProcessRow[]> {
  return process.platform === "linux" ? tableFromProc() : tableFromPs();
}

/** Resident memory of each of these processes that still lives, in bytes. */
export async function memoryOf(pids: number[]): Promise<number[]> {
  const usage = await usageOf(pids);
  return usage.map((one) => one.memory);
}

/** Processor time this process has used since it began, in milliseconds; 0 when it is gone. */
export async function processorTime(pid: number): Promise<number> {
  const [usage] = await usageOf([pid]);
  return usage?.ctime ?? 0;
}

/**
 * Something that tells this process from a later one with the same pid: the start time and, on Linux, the boot
 * it belongs to. Undefined when there is no such process.
 */
export async function birthOf(pid: number): Promise<string | undefined> {
  try {
    if (process.platform !== "linux") return (await run("ps", ["-o", "lstart=", "-p", String(pid)])).stdout.trim() || undefined;
    const [stat, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile("/proc/sys/kernel/random/boot_id", "utf8")]);
    const fields = fieldsAfterName(stat);
    return isZombie(fields) ? undefined : `${boot.trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Processes whose environment at their start held `NAME=value`, whatever their parent and group are now. Linux only; empty elsewhere. */
export async function tagged(name: string, value: string): Promise<number[]> {
  if (process.platform !== "linux") return [];
  const wanted = `${name}=${value}`;
  const found = await Promise.all((await pidsInProc()).map(async (pid) => ((await environmentOf(pid)).includes(wanted) ? pid : 0)));
  return found.filter((pid) => pid !== 0 && pid !== process.pid);
}

async function usageOf(pids: number[]): Promise<{ memory: number; ctime: number }[]> {
  if (pids.length === 0) return [];
  try {
    const usage = await pidusage(pids, { maxage: 2_000 });
    return Object.values(usage).filter((one) => one && typeof one.memory === "number");
  } catch {
    // pidusage throws when none of them lives any more.
    return [];
  }
}

// Any thread may have started a child. Reading /proc waits for no disk.
function childrenFromProc(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

function childrenIn(table: ProcessRow[]): (pid: number) => number[] {
  return (pid) => table.filter((row) => row.parent === pid).map((row) => row.pid);
}

async function tableFromProc(): Promise<ProcessRow[]> {
  const rows = await Promise.all((await pidsInProc()).map(rowFromProc));
  return rows.filter((row) => row !== undefined);
}

async function rowFromProc(pid: number): Promise<ProcessRow | undefined> {
  try {
    const fields = fieldsAfterName(await readFile(`/proc/${pid}/stat`, "latin1"));
    return isZombie(fields) ? undefined : { pid, parent: Number(fields[1]) };
  } catch {
    return undefined;
  }
}

async function tableFromPs(): Promise<ProcessRow[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
  return stdout.trim().split("\n").map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid: pid!, parent: parent! };
  });
}

async function pidsInProc(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function environmentOf(pid: number): Promise<string[]> {
  return readFile(`/proc/${pid}/environ`, "utf8").then((text) => text.split("\0"), () => []);
}

// A zombie is no process any more; its parent has only not asked for its exit code yet.
function isZombie(fields: string[]): boolean {
  return fields[0] === "Z";
}

/** The fields of /proc/PID/stat from the third on; the second, the name, may hold spaces and brackets. */
function fieldsAfterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
