import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { workshopRoot } from "#engine/files/root.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { openReaper } from "#engine/process/reaper.ts";
import { openRecord } from "#engine/record/flight.ts";
import { openTap } from "#engine/tap/tap.ts";
import { openWorld } from "#engine/world/world.ts";
import { Lab } from "./lab.ts";
import type { LabOptions } from "./options.ts";
import { openServers } from "./servers.ts";

/** Opens a lab: server, tap, world and record start side by side. Throws `ServerMissing` when there is no server. */
export async function openLab(lesson: Lesson, options: LabOptions = {}): Promise<Lab> {
  const seed = options.seed ?? randomBytes(4).toString("hex");
  const folder = join(workshopRoot(), ".workshop", "run", `${Date.now().toString(36)}-${process.pid}-${randomBytes(2).toString("hex")}`);
  await mkdir(folder, { recursive: true });
  const reaper = await openReaper({ folder });
  const record = openRecord({ file: join(folder, "flight.jsonl"), lesson: lesson.id, seed });
  const opening = [
    openServers({ cluster: lesson.needs?.cluster === true, store: join(folder, "store"), reaper }),
    openWorld({ record }),
    options.tap === false ? undefined : openTap({ record }),
  ] as const;
  const [servers, world, tap] = await Promise.all(opening).catch((error: unknown) => closeAll([...opening, record, reaper], error));
  return new Lab({ lesson, options, seed, folder, record, servers, tap, world, reaper });
}

/** Closes what did open when another part did not, and passes the error on. */
export async function closeAll(opened: readonly (AsyncDisposable | Promise<AsyncDisposable> | undefined)[], error: unknown): Promise<never> {
  for (const part of await Promise.allSettled(opened)) {
    if (part.status === "fulfilled") await part.value?.[Symbol.asyncDispose]();
  }
  throw error;
}
