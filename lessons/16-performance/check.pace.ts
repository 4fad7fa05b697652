import { jetstream } from "@nats-io/jetstream";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { expect } from "#engine/lab/words.ts";
import type { FlightEvent } from "#engine/record/events.ts";

/** What the wire of the check adds to each direction. */
export const WIRE_MS = 5;
/** A program has to be so many times as fast as one that waits for each answer, over the same wire at the same time. */
export const TIMES_FASTER = 3;
/** After so many answers a program that is no faster than the other one is known, and one that is hardly faster: nobody has to wait for its end. */
const SURE = 150;
const SURE_OF_LITTLE = 300;
const LITTLE = 2.5;

/** A bare client that handles one order at a time, over a wire as slow as the learner's, for as long as the check goes on. */
export interface Pacer {
  /** How many orders it has done since then (milliseconds of the record's clock). */
  since(t: number): number;
  stop(): Promise<void>;
}

/** Starts the pacer, with a stream of its own: what else the machine does meets it and the learner's program alike. */
export async function startPacer(lab: Lab): Promise<Pacer> {
  const name = "one at a time";
  const { streams } = await lab.jsm();
  await streams.add({ name: "PACE", subjects: ["pace.>"], storage: "file" });
  const slow = lab.wire.slow({ ms: WIRE_MS, program: name });
  const js = jetstream(await lab.connect(name));
  const done: number[] = [];
  let going = true;
  const running = (async () => {
    for (; going; done.push(lab.record.now())) await js.publish("pace.one", "{}");
  })();
  return {
    since: (t) => done.length - done.findLastIndex((at) => at <= t) - 1,
    async stop() {
      going = false;
      await running.catch(() => {});
      await slow.undo();
    },
  };
}

/** How far a program has come: its first request, and what was answered. */
export interface Progress {
  first: number | undefined;
  done: number;
}

/** What to wait for. */
export interface Race {
  count: number;
  progress: () => Progress;
  /** Completes "2000 orders …". */
  verb: string;
  /** Told before the verdict: what the diagnoses need. */
  note: () => void;
  timeline: () => FlightEvent[];
}

/** Waits until a program has done its orders; throws `NotYet` when it has ended before, or is known to be too slow. */
export async function race(lab: Lab, { program, pacer }: { program: Handle; pacer: Pacer }, { count, progress, verb, note, timeline }: Race): Promise<void> {
  const most = Math.floor(count / TIMES_FASTER);
  let at: Progress = { first: undefined, done: 0 };
  let [pace, rate] = [0, 0];
  const look = () => {
    const last = at.done;
    at = progress();
    if (at.done > last) rate = Math.round((1_000 * at.done) / Math.max(1, lab.record.now() - at.first!));
    pace = at.first === undefined ? 0 : pacer.since(at.first);
  };
  const slow = () => pace > most || (at.done >= SURE && pace > 0.8 * at.done) || (at.done >= SURE_OF_LITTLE && at.done < LITTLE * pace);
  const expected = `${count} orders ${verb} before a program that handles one at a time has done ${most} over the same wire`;
  const seen = () => `${at.done} ${at.done === 1 ? "was" : "were"} ${verb} when it had done ${pace}${pace > 0.8 * at.done ? ": no faster than one at a time" : ""}${rate > 0 ? `, ${rate} a second` : ""}`;
  try {
    await lab.until(
      () => {
        look();
        return at.done >= count || !program.running || slow();
      },
      { within: 60_000, evenIfQuiet: true, expected, seen, timeline },
    );
  } finally {
    await pacer.stop();
    // What a program has said before it ended may still be on the slow wire.
    if (!program.running) await lab.settled();
    at = progress();
    note();
  }
  expect(at.done >= count && pace <= most, () => ({ expected, seen: seen(), timeline: timeline() }));
}

/** The most requests that waited for an answer at the same time. `opens` and `closes` say which events begin and end one. */
export function mostOpen(events: readonly FlightEvent[], opens: (event: FlightEvent) => boolean, closes: (event: FlightEvent) => boolean): number {
  let [open, most] = [0, 0];
  for (const event of events) {
    if (opens(event)) most = Math.max(most, ++open);
    else if (closes(event)) open--;
  }
  return most;
}
