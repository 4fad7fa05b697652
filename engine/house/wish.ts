import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { writeSafely } from "#engine/files/write.ts";
import type { HouseFile } from "./lock.ts";

const FILE = ".workshop/run/wish.json";
/** The house may be in the middle of something: a check that ends first, a server that starts. */
const GRANTED_WITHIN_MS = 20_000;

/**
 * Asks the open house, which another process has, to go to the beginning of a lesson. Resolves when it is there.
 * Throws a `Refusal` when nothing has come of it within 20 s.
 */
export async function askHouse(house: HouseFile, lesson: string, root: string = workshopRoot()): Promise<void> {
  const file = join(root, FILE);
  await writeSafely(file, JSON.stringify({ lesson }));
  process.kill(house.pid, "SIGUSR2");
  for (const deadline = Date.now() + GRANTED_WITHIN_MS; existsSync(file); await sleep(20)) {
    if (Date.now() < deadline) continue;
    rmSync(file, { force: true });
    throw new Refusal(`The workshop that is open (process ${house.pid}) did not go there within ${GRANTED_WITHIN_MS / 1000} s.`, `kill ${house.pid}`);
  }
}

/** Listens for wishes of other commands, and calls `grant` with the lesson's folder name for each. Stops when disposed of. */
export function onWish(grant: (lesson: string) => Promise<void>, root: string = workshopRoot()): Disposable {
  const file = join(root, FILE);
  const heard = async () => {
    try {
      await grant((JSON.parse(readFileSync(file, "utf8")) as { lesson: string }).lesson);
    } finally {
      rmSync(file, { force: true });
    }
  };
  const listener = () => void heard().catch((error: unknown) => process.stderr.write(`\n  ${(error as Error).message}\n`));
  process.on("SIGUSR2", listener);
  return { [Symbol.dispose]: () => void process.off("SIGUSR2", listener) };
}
