import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafely } from "#engine/files/write.ts";
import type { Facts } from "#engine/pictures/picture.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { StageLine } from "./theatre.ts";

/** What was seen of one step in a rehearsal: times are milliseconds since the step's first command. */
export interface Recording {
  step: string;
  /** Wall clock, ISO 8601. */
  recordedAt: string;
  lines: StageLine[];
  /** Those before the step's first command, such as its subscriptions, have times below 0. */
  events: FlightEvent[];
  /** What the server said of itself meanwhile. */
  facts: Facts[];
}

const MOST_EVENTS = 5_000;

/** Where recordings lie, relative to the workshop's root. */
export const RECORDINGS = ".workshop/talk/recordings";

/** What was seen, from where its times count, and how much slower it is to be shown than it happened. */
export interface Seen {
  lines: readonly StageLine[];
  events: readonly FlightEvent[];
  facts?: readonly Facts[];
  from: number;
  stretch?: number;
}

/** Keeps what was seen of a step. Payloads are shown in no picture, so they stay behind. */
export async function keepRecording(root: string, step: string, { lines, events, facts = [], from, stretch = 1 }: Seen): Promise<void> {
  const at = <T extends { t: number }>(one: T): T => ({ ...one, t: (one.t - from) * stretch });
  const slower = (stream: Facts["streams"][number]) => ({ ...stream, consumers: stream.consumers.map((consumer) => ({ ...consumer, ackWait: consumer.ackWait * stretch })) });
  const recording: Recording = {
    step, recordedAt: new Date().toISOString(),
    lines: lines.map(at),
    events: events.slice(-MOST_EVENTS).map(({ payload: _payload, ...event }) => at(event)),
    facts: facts.map((one) => at({ ...one, streams: one.streams.map(slower) })),
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
