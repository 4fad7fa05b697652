import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeSafely } from "#engine/files/write.ts";
import type { PaceData } from "../session/pace.ts";
import type { ScriptData } from "../session/script.ts";
import type { Session } from "../session/session.ts";

/** The talk as it stands, so that it goes on after the program was closed. */
export interface Saved {
  step: string;
  skipped: string[];
  pace: PaceData;
  script: ScriptData;
}

/** One rehearsal: what each step took, in seconds. */
export interface Rehearsal {
  at: string;
  took: Record<string, number>;
}

const FILE = ".workshop/talk/session.json";
const REHEARSALS = ".workshop/talk/rehearsals.jsonl";
/** A clock that began so long ago is another day's. Milliseconds. */
const OLD_MS = 3 * 3_600_000;

/** The talk that was given last and not ended; undefined when there is none. Its clock is forgotten when it is hours old. */
export function readSaved(root: string, now = Date.now()): Saved | undefined {
  if (!existsSync(join(root, FILE))) return undefined;
  try {
    const saved = JSON.parse(readFileSync(join(root, FILE), "utf8")) as Saved;
    const old = saved.pace.startedAt !== undefined && now - saved.pace.startedAt > OLD_MS;
    return old ? { ...saved, pace: { asked: 0, took: {} } } : saved;
  } catch {
    return undefined;
  }
}

export async function save(root: string, { step, skipped, pace, script }: Session): Promise<void> {
  const saved: Saved = { step: step.id, skipped, pace: pace.data, script: script.data };
  await writeSafely(join(root, FILE), `${JSON.stringify(saved)}\n`);
}

export function forget(root: string): void {
  rmSync(join(root, FILE), { force: true });
}

/** Keeps what a talk took, when any of it was given. */
export function noteRehearsal(root: string, { took }: PaceData, now = new Date()): void {
  if (Object.keys(took).length === 0) return;
  mkdirSync(dirname(join(root, REHEARSALS)), { recursive: true });
  appendFileSync(join(root, REHEARSALS), `${JSON.stringify({ at: now.toISOString(), took } satisfies Rehearsal)}\n`);
}

/** All rehearsals, oldest first. */
export function rehearsals(root: string): Rehearsal[] {
  if (!existsSync(join(root, REHEARSALS))) return [];
  return readFileSync(join(root, REHEARSALS), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line) as Rehearsal);
}
