import type { Facts } from "#engine/pictures/picture.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { readRecording } from "./recording.ts";
import type { StageLine } from "./theatre.ts";

/** A rehearsal that is shown in its own time. */
export interface Playback {
  recordedAt: string;
  /** What has been told so far. */
  lines: StageLine[];
  events: FlightEvent[];
  /** The clock of those events, in milliseconds. */
  now: number;
  facts: Facts[];
  stop(): void;
}

const STEP_MS = 50;

/** Begins to show the recording of a step; undefined when there is none. `changed` is called whenever more is told. */
export function openPlayback(root: string, step: string, changed: () => void): Playback | undefined {
  const recording = readRecording(root, step);
  if (!recording) return undefined;
  const begun = performance.now();
  const playback: Playback = { recordedAt: recording.recordedAt, lines: [], events: [], facts: [], now: 0, stop: () => clearInterval(timer) };
  const timer = setInterval(() => {
    const now = performance.now() - begun;
    playback.now = now;
    const before = playback.lines.length + playback.events.length;
    playback.lines = upTo(recording.lines, now);
    playback.events = upTo(recording.events, now);
    const told = playback.lines.length + playback.events.length;
    if (told > before) changed();
    playback.facts = upTo(recording.facts, now);
    if (told === recording.lines.length + recording.events.length) clearInterval(timer);
  }, STEP_MS);
  return playback;
}

function upTo<T extends { t: number }>(all: readonly T[], now: number): T[] {
  return all.filter(({ t }) => t <= now);
}
