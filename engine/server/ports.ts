import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { promisify } from "node:util";
import { ServerError } from "./errors.ts";

/** Who listens on a port. Fields are absent where the system does not tell (another user's process). */
export interface Holder {
  pid?: number;
  /** The command line, or the program's name where only that is known. */
  command?: string;
}

/** Whether a TCP port on 127.0.0.1 can be listened on now. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listening(port).catch(() => undefined);
  if (server) await closed(server);
  return server !== undefined;
}

/** The first free port from this one upwards. Throws ServerError when the next hundred are taken. */
export async function nextFree(port: number): Promise<number> {
  for (let candidate = port; candidate < Math.min(port + 100, 65_536); candidate++) {
    if (await isFree(candidate)) return candidate;
  }
  throw new ServerError(`Cannot find a free port: one of ${port} to ${port + 99} is required, all are taken`, "npm run doctor");
}

/** Some different free ports, as the system deals them. Nothing reserves them: start what needs them at once. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(0)));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map(closed));
  return ports;
}

/** Who listens on a TCP port; undefined when nobody does. Linux asks /proc, other systems `lsof` where it is installed. */
export async function whoHas(port: number): Promise<Holder | undefined> {
  const inodes = await listeningInodes(port);
  if (inodes === undefined) return askLsof(port);
  if (inodes.length === 0) return undefined;
  return (await ownerOf(inodes)) ?? {};
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen({ port, host: "127.0.0.1" }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

// /proc/net/tcp: `sl local_address rem_address st … inode`, addresses as HEX:PORT, state 0A is LISTEN.
async function listeningInodes(port: number): Promise<string[] | undefined> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8").catch(() => undefined)));
  if (tables.every((table) => table === undefined)) return undefined;
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = tables.flatMap((table) => (table ?? "").split("\n").slice(1)).map((row) => row.trim().split(/\s+/));
  return rows.filter((row) => row[1]?.endsWith(suffix) && row[3] === "0A").map((row) => row[9] ?? "");
}

async function ownerOf(inodes: string[]): Promise<Holder | undefined> {
  const wanted = new Set(inodes.map((inode) => `socket:[${inode}]`));
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    if (await holdsOne(pid, wanted)) return { pid: Number(pid), command: await commandOf(pid) };
  }
  return undefined;
}

async function holdsOne(pid: string, wanted: Set<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return links.some((link) => wanted.has(link));
}

async function commandOf(pid: string): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line.split("\0").join(" ").trim();
}

async function askLsof(port: number): Promise<Holder | undefined> {
  const answer = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { timeout: 5_000 }).catch(() => undefined);
  const said = parseLsof(answer?.stdout ?? "");
  return said ?? ((await isFree(port)) ? undefined : {});
}

/** Reads `lsof -Fpc`: one field a line, `p` before the pid and `c` before the command's name. */
export function parseLsof(text: string): Holder | undefined {
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  const command = /^c(.+)$/m.exec(text)?.[1];
  return pid ? { pid: Number(pid), ...(command ? { command } : {}) } : undefined;
}
