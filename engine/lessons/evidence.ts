import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";

/** How a process ended: an exit code or a signal, and the limit that stopped it, if one did. */
export interface ProgramEnd {
  code: number | null;
  signal: string | null;
  limit?: "time" | "memory" | "output" | "processes";
}

/** One life of one copy of a program, as the lab saw it. */
export interface ProgramEvidence {
  /** The name in lesson.ts, without a copy's number: `worker`. */
  role: string;
  /** `worker`, or `worker#2` where there are copies. */
  name: string;
  life: number;
  /** The file it came from, relative to the repository; absent with `--run`. */
  file?: string;
  exit?: ProgramEnd;
  /** The last lines it printed. */
  output: readonly string[];
}

/** A consumer as `/jsz?consumers=1&config=1` shows it. Durations in `config` are nanoseconds. */
export interface ConsumerState {
  name: string;
  /** The server of a cluster that leads it now; absent during an election. */
  leader?: string;
  /** The other servers of a cluster that have a copy, as the leader sees them. */
  replicas?: readonly { name: string; current: boolean }[];
  config: Record<string, unknown>;
  /** When it was made, ISO 8601: one that was removed and made anew has another. */
  created?: string;
  num_pending: number;
  num_ack_pending: number;
  num_redelivered: number;
  num_waiting: number;
  delivered: { consumer_seq: number; stream_seq: number };
  ack_floor: { consumer_seq: number; stream_seq: number };
}

/** A stream as `/jsz?streams=1&config=1` shows it. Durations in `config` are nanoseconds. */
export interface StreamState {
  name: string;
  /** The server of a cluster that leads it now; absent during an election. */
  leader?: string;
  /** The other servers of a cluster that have a copy, as the leader sees them. */
  replicas?: readonly { name: string; current: boolean }[];
  config: Record<string, unknown>;
  state: { messages: number; bytes: number; first_seq: number; last_seq: number; num_subjects?: number };
  consumers: readonly ConsumerState[];
}

/** What failed, in the check's own words. */
export interface Failure {
  /** What should have been true. */
  expected: string;
  /** What was true instead. */
  seen: string;
  /** The events worth showing, oldest first; the last is where the two part. */
  timeline: readonly FlightEvent[];
}

/**
 * Everything a diagnosis may look at. It is frozen before the first diagnosis is asked,
 * so that a diagnosis is a pure function and the order of asking is the only order.
 */
export interface Evidence {
  /** Id of the check that failed. */
  check: string;
  failure: Failure;
  /** The whole run, and the part of it that belongs to the failed check. */
  record: readonly FlightEvent[];
  scene: readonly FlightEvent[];
  /** The world's calls: of the whole run, and since the failed check began. */
  ledger: readonly LedgerLine[];
  sceneLedger: readonly LedgerLine[];
  /** Every program started so far, and those that ran while the failed check did. */
  programs: readonly ProgramEvidence[];
  streams: readonly StreamState[];
  /** What the check noted with `lab.note(name, value)`. */
  facts: Readonly<Record<string, unknown>>;
  /** False under `WORKSHOP_TAP=off`: the record then has no wire events. */
  wire: boolean;
}
