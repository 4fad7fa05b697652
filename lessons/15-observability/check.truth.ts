import { setTimeout as pause } from "node:timers/promises";
import type { Lab } from "#engine/lab/lab.ts";

/** What a consumer's state is called in the contract. */
export type State = "healthy" | "lagging" | "stalled" | "redelivering";

/** What the server said of the consumer, and when (milliseconds of the record's clock). */
export interface Sample {
  t: number;
  delivered: number;
  ackFloor: number;
  pending: number;
  ackPending: number;
  redelivered: number;
}

/** A witness that asks the server all the while, so that a watcher is judged by what was true. */
export interface Truth extends AsyncDisposable {
  /** The state in which every second since `from` was; undefined when they differ, or when there is no whole one yet. */
  since(from: number): State | undefined;
  /** The newest sample. */
  last(): Sample | undefined;
}

const EVERY_MS = 100;
/** What may pass for "the last second" on a busy machine. */
const SECOND_MS = { least: 700, most: 1_600 };
/** More orders waiting than this is a lag. */
const LAG = 100;

/** Begins to ask how `payments` on WORK stands; disposing of it ends that. */
export function watchTruth(lab: Lab): Truth {
  const samples: Sample[] = [];
  let going = true;
  const asking = (async () => {
    const { consumers } = await lab.jsm();
    for (; going; await pause(EVERY_MS)) {
      const t = lab.record.now();
      const info = await consumers.info("WORK", "payments").catch(() => undefined);
      if (info) samples.push({ t, delivered: info.delivered.consumer_seq, ackFloor: info.ack_floor.consumer_seq, pending: info.num_pending, ackPending: info.num_ack_pending, redelivered: info.num_redelivered });
    }
  })();
  return {
    since: (from) => unanimous(samples.filter(({ t }) => t >= from)),
    last: () => samples.at(-1),
    async [Symbol.asyncDispose]() {
      going = false;
      await asking;
    },
  };
}

/** The contract's rule, for two samples a second apart. */
export function stateOf(before: Sample, now: Sample): State {
  const taken = now.delivered > before.delivered;
  const done = now.ackFloor > before.ackFloor;
  if (taken && !done && now.redelivered > 0) return "redelivering";
  if (now.pending + now.ackPending > 0 && !taken && !done) return "stalled";
  return now.pending > LAG ? "lagging" : "healthy";
}

function unanimous(samples: Sample[]): State | undefined {
  const states = new Set<State>();
  for (const [index, before] of samples.entries()) {
    for (const now of samples.slice(index + 1)) {
      if (now.t - before.t >= SECOND_MS.least && now.t - before.t <= SECOND_MS.most) states.add(stateOf(before, now));
    }
  }
  return states.size === 1 ? [...states][0] : undefined;
}
