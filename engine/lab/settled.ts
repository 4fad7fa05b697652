import { anyThreadAtWork, motionOf } from "#engine/process/motion.ts";
import { ADMIN } from "./address.ts";
import type { Lab } from "./lab.ts";
import { breath, stretch } from "./clock.ts";
import { connectionsAt } from "./servers.ts";

/** How long to wait and what counts as quiet, in milliseconds. */
export interface SettledOptions {
  within?: number;
  quiet?: number;
  signal?: AbortSignal;
  /** True while the check holds calls or traffic on purpose: what is held then does not count as movement. */
  holding?: boolean;
}

/**
 * Nothing may have changed for this long before absence is believed (engine-notes, item 4, says 100 ms). Where the
 * system tells whether a process is runnable, a program that has bytes to read is seen to be at work, and 40 ms will do.
 */
const QUIET_MS = process.platform === "linux" ? 40 : 100;

/**
 * Waits until nothing more can come of what has happened: the tap has passed on everything the server
 * sent, no world call is open, every program is asleep with all its threads, and none of this changed for a moment.
 * Answers false when `within` (5,000 ms by default, times patience and `crowding()`) ran out first.
 *
 * What can be seen from here is looked at often; the server is asked only when that has been still, at the beginning
 * and at the end of the moment: an answer costs a millisecond of a processor that the programs may need.
 */
export async function settled(lab: Lab, options: SettledOptions = {}): Promise<boolean> {
  const deadline = performance.now() + (options.within ?? 5_000) * stretch();
  const quiet = options.quiet ?? QUIET_MS;
  const holding = options.holding === true;
  let still: Stillness | undefined;
  for (let round = 0; performance.now() < deadline && !options.signal?.aborted && !lab.closed; round++) {
    const here = stateHere(lab, holding);
    if (here === undefined || here !== still?.here) still = here === undefined ? undefined : { here, since: performance.now() };
    else if (still.sent === undefined) still = await begun(lab, still, holding);
    else if (performance.now() - still.since >= quiet) {
      const sent = await sentByServer(lab, holding);
      if (sent === still.sent && stateHere(lab, holding) === here && !lab.alive().some((handle) => anyThreadAtWork(handle.pid))) return true;
      still = undefined;
    }
    await breath(round);
  }
  return false;
}

/** What was seen when a still moment began, and when that was. */
interface Stillness {
  here: string;
  since: number;
  sent?: string;
}

async function begun(lab: Lab, still: Stillness, holding: boolean): Promise<Stillness | undefined> {
  const sent = await sentByServer(lab, holding);
  return sent === undefined ? undefined : { ...still, sent };
}

/** One line for what can be seen without asking anybody; undefined while a call is open. */
function stateHere(lab: Lab, holding: boolean): string | undefined {
  if (!holding && lab.world.inFlight() > 0) return undefined;
  return [lab.world.ledger.length, lab.record.events.length, ...[...lab.alive().map(({ pid }) => pid), ...lab.company].map(busy)].join(" ");
}

/** What `/connz` has counted for the lab's programs; undefined while the tap still holds a part of it. */
async function sentByServer(lab: Lab, holding: boolean): Promise<string | undefined> {
  const connections = await connectionsAt(lab.servers);
  if (!connections) return lab.server.state === "running" ? "unreachable" : "down";
  const sent = new Map(connections.map((c) => [`${c.server}:${c.cid}`, c]));
  for (const link of lab.tap?.links() ?? []) {
    if (holding || !link.open || link.connection === undefined) continue;
    if (link.waiting > 0 || (sent.get(`${link.server}:${link.connection}`)?.out_msgs ?? 0) > link.delivered + link.lost) return undefined;
  }
  return [...sent].filter(([, { name }]) => name !== ADMIN).map(([key, { out_msgs }]) => `${key}:${out_msgs}`).join(",");
}

/**
 * A value that changes while a process uses the processor, so that a starved program is not taken for an idle
 * one. Only Linux tells it for free; elsewhere the wire and the world alone decide.
 */
function busy(pid: number): string {
  const motion = motionOf(pid);
  if (!motion) return "";
  return motion.runnable ? `at work ${performance.now()}` : String(motion.ticks);
}
