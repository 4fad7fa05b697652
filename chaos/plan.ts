import { randomFrom } from "#engine/lab/orders.ts";

/** What can go wrong. Each kind is real: a signal to a process, a reset of a socket, a frame that is not passed on. */
export const KINDS = ["kill-worker", "pause-worker", "cut-worker", "cut-shop", "lose-ack", "lose-puback", "outage", "kill-server", "pause-server", "kill-all-servers"] as const;
export type Kind = (typeof KINDS)[number];

/** One fault of a plan. */
export interface PlannedFault {
  /** Milliseconds from the start of the run. */
  at: number;
  kind: Kind;
  /** Which worker or server, from 0; 0 where there is no choice. */
  target: number;
  /** How long until it is undone, in milliseconds; 0 for what passes by itself. */
  lasts: number;
}

/** How often each kind comes, relative to the others. */
const WEIGHTS: Record<Kind, number> = {
  "kill-worker": 5, "pause-worker": 3, "cut-worker": 4, "cut-shop": 3, "lose-ack": 6, "lose-puback": 6, outage: 3, "kill-server": 3, "pause-server": 2, "kill-all-servers": 1,
};

/** From how long to how long a kind lasts, in milliseconds. */
const LASTS: Record<Kind, readonly [number, number]> = {
  "kill-worker": [200, 3_000], "pause-worker": [500, 6_000], "cut-worker": [0, 0], "cut-shop": [0, 0], "lose-ack": [0, 0], "lose-puback": [0, 0],
  outage: [500, 4_000], "kill-server": [500, 6_000], "pause-server": [500, 4_000], "kill-all-servers": [1_000, 4_000],
};

/** After a server is back the three need so long to be of one mind: until then no other one is taken, in milliseconds. */
const RECOVERY_MS = 9_000;
/** The time between two faults, in milliseconds. */
const EVERY_MS: readonly [number, number] = [200, 1_600];
/** Nothing is begun so shortly before the end, in milliseconds. */
const TAIL_MS = 500;

/**
 * The faults of a run of `ms` milliseconds, in order. The same seed gives the same plan. Of three servers one at a time
 * is away, or all of them: two would be a majority that is missing, which is the same as all.
 */
export function planOf(seed: string, { ms, workers, servers }: { ms: number; workers: number; servers: number }): PlannedFault[] {
  const random = randomFrom(`plan ${seed}`);
  const between = ([from, to]: readonly [number, number]) => Math.round(from + random() * (to - from));
  const plan: PlannedFault[] = [];
  let serversFrom = 1_500;
  for (let at = between(EVERY_MS); at < ms - TAIL_MS; at += between(EVERY_MS)) {
    const kind = pick(random, KINDS.filter((one) => at >= serversFrom || !one.includes("server")));
    const lasts = between(LASTS[kind]);
    const targets = kind.endsWith("-worker") ? workers : kind.endsWith("-server") ? servers : 1;
    plan.push({ at, kind, target: Math.floor(random() * targets), lasts });
    if (kind.includes("server")) serversFrom = at + lasts + RECOVERY_MS;
  }
  return plan;
}

function pick(random: () => number, kinds: readonly Kind[]): Kind {
  let left = random() * kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  return kinds.find((kind) => (left -= WEIGHTS[kind]) < 0) ?? kinds[0]!;
}
