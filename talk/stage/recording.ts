import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafely } from "#engine/files/write.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { StageLine } from "./theatre.ts";

/** What was seen of one step in a rehearsal: times are milliseconds since the step's first command. */
export interface Recording {
  step: string;
  /** Wall clock, ISO 8601. */
  recordedAt: string;
  lines: StageLine[];
  events: FlightEvent[];
}

const MOST_EVENTS = 5_000;

/** Where recordings lie, relative to the workshop's root. */
export const RECORDINGS = ".workshop/talk/recordings";

/** Keeps what was seen of a step. Payloads are shown in no picture, so they stay behind. */
export async function keepRecording(root: string, step: string, { lines, events, from }: { lines: readonly StageLine[]; events: readonly FlightEvent[]; from: number }): Promise<void> {
  const recording: Recording = {
    step, recordedAt: new Date().toISOString(),
    lines: lines.map((line) => ({ ...line, t: line.t - from })),
    events: events.slice(0, MOST_EVENTS).map(({ payload: _payload, ...event }) => ({ ...event, t: event.t - from })),
  };
  await writeSafely(join(root, RECORDINGS, `${step}.json`), `${JSON.stringify(recording)}\n`);
}

/** The recording of a step; undefined when it was never rehearsed, or cannot be read. */
export function readRecording(root: string, step: string): Recording | undefined {
  const file = join(root, RECORDINGS, `${step}.json`);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Recording;
  } catch {
    return undefined;
  }
}
