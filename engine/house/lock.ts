import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeSafely } from "#engine/files/write.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import type { HousePorts } from "./ports.ts";

/** What `.workshop/run/house.json` says while a house is open. */
export interface HouseFile {
  pid: number;
  startedAt: string;
  ports: HousePorts;
  /** The server itself, past the tap. */
  direct: string;
  lesson: string;
}

const FILE = ".workshop/run/house.json";

/** The house that is open in this workshop now; undefined when none is, or its process has gone without a word. */
export function openHouseFile(root: string = workshopRoot()): HouseFile | undefined {
  try {
    const house = JSON.parse(readFileSync(join(root, FILE), "utf8")) as HouseFile;
    process.kill(house.pid, 0);
    return house;
  } catch {
    return undefined;
  }
}

/** Throws a `Refusal` when this workshop's house is open already. */
export function mustBeClosed(root: string = workshopRoot()): void {
  const house = openHouseFile(root);
  if (!house || house.pid === process.pid) return;
  throw new Refusal(
    `The workshop is already open: process ${house.pid}, since ${house.startedAt.slice(11, 16)} UTC, programs on nats://127.0.0.1:${house.ports.clients}. Use that one, or stop it with Ctrl-C in its terminal.`,
    `kill ${house.pid}`,
  );
}

/** Writes the file; other commands read it to find the house. */
export async function noteHouse(house: HouseFile, root: string = workshopRoot()): Promise<void> {
  await writeSafely(join(root, FILE), `${JSON.stringify(house, undefined, 2)}\n`);
}

/** Removes the file if it is this process's own. */
export function forgetHouse(root: string = workshopRoot()): void {
  if (openHouseFile(root)?.pid === process.pid) rmSync(join(root, FILE), { force: true });
}
