import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import { portsFrom } from "#engine/house/ports.ts";
import { isFree } from "#engine/server/ports.ts";
import { RECORDINGS } from "./recording.ts";
import { httpPort } from "./theatre.ts";
import { walk, type Walked, type WalkOptions } from "./walk.ts";

/** How to walk apart. */
export interface ApartOptions extends Omit<WalkOptions, "root" | "port"> {
  /** The workshop that gets the recordings, for the second panic; none when absent. */
  recordingsFor?: string;
}

/** A workshop of its own for a talk that nobody sees: `WORKSHOP_ROOT` names it until it is closed. */
export interface Room extends AsyncDisposable {
  root: string;
  /** Where its house may open. */
  port: number;
}

/** Opens one with the starters and the solutions in it. It lies inside the repository, so that programs find its packages. */
export async function openRoom(): Promise<Room> {
  const root = join(repositoryRoot, ".workshop", "run", `talk-${process.pid}-${Date.now().toString(36)}`);
  const before = process.env.WORKSHOP_ROOT;
  mkdirSync(root, { recursive: true });
  for (const folder of ["lessons", "solutions"]) cpSync(join(repositoryRoot, folder), join(root, folder), { recursive: true });
  process.env.WORKSHOP_ROOT = root;
  const close = async () => {
    if (before === undefined) delete process.env.WORKSHOP_ROOT;
    else process.env.WORKSHOP_ROOT = before;
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  return { root, port: await freePlace(), [Symbol.asyncDispose]: close };
}

/** Walks through the talk in a room of its own: nobody's files are touched, and an open house goes on. */
export async function walkApart({ recordingsFor, ...options }: ApartOptions = {}): Promise<Walked[]> {
  await using room = await openRoom();
  const walked = await walk({ ...options, root: room.root, port: room.port });
  if (recordingsFor !== undefined && existsSync(join(room.root, RECORDINGS))) cpSync(join(room.root, RECORDINGS), join(recordingsFor, RECORDINGS), { recursive: true });
  return walked;
}

/** What a walk has not seen, in words. */
export function missed(walked: readonly Walked[]): string[] {
  return walked.flatMap(({ id, error, seen }) => [...(error ? [`${id}: ${error}`] : []), ...seen.filter(({ ok }) => !ok).map(({ sight, seen }) => `${id}: expected ${sight.text}; seen: ${seen}`)]);
}

/** A place for the house's ports and the shop's, below those the system deals out. */
export async function freePlace(): Promise<number> {
  for (;;) {
    const clients = 10_000 + Math.floor(Math.random() * 8_000);
    const ports = portsFrom(clients);
    const free = await Promise.all([...Object.values(ports), httpPort(ports)].map((port) => isFree(port)));
    if (free.every(Boolean)) return clients;
  }
}
