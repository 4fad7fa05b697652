import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ServerError } from "./errors.ts";
import { inWords, type Life } from "./life.ts";
import type { Tail } from "./tail.ts";

/** The ports that a server got, as its ports file says. */
export interface Ports {
  client: number;
  monitor: number;
}

/**
 * Waits until the server has written its ports file into `folder`, or has exited early. The file is written once all
 * listeners are open. After nats.js `nst/src/launcher.ts`.
 * Throws ServerError with the log's tail when it exited, or when `within` milliseconds have passed.
 */
export async function portsOf(life: Life, folder: string, { tail, within }: { tail: Tail; within: number }): Promise<Ports> {
  const deadline = performance.now() + within;
  for (;;) {
    const ports = await readPorts(folder, life.pid);
    if (ports) return ports;
    if (life.exit) throw new ServerError(`Cannot start nats-server: it ${inWords(life.exit)} before it was ready\n${tail.lines(12)}`, "npm run doctor");
    if (performance.now() > deadline) throw new ServerError(`Cannot start nats-server: required to be ready within ${within} ms, it still runs but has written no ports file\n${tail.lines(12)}`, "npm run doctor");
    await wait(1);
  }
}

// The file is named after the executable, which may have any name: only the process id in it counts.
async function readPorts(folder: string, pid: number): Promise<Ports | undefined> {
  const name = (await readdir(folder)).find((file) => file.endsWith(`_${pid}.ports`));
  if (!name) return undefined;
  const text = await readFile(join(folder, name), "utf8");
  // Caught in the middle of being written, it is not JSON yet.
  if (!text.trimEnd().endsWith("}")) return undefined;
  const { nats, monitoring } = JSON.parse(text) as { nats: string[]; monitoring?: string[] };
  return { client: portIn(nats[0]), monitor: portIn(monitoring?.[0]) };
}

function portIn(address: string | undefined): number {
  return Number(new URL(address ?? "none://0:0").port);
}
