import { connect } from "node:net";
import { motionOf, neverSleeps } from "#engine/process/motion.ts";
import type { Exit } from "#engine/process/group.ts";
import { explainExit, firstError } from "#engine/programs/explain.ts";
import type { Handle } from "./handle.ts";
import type { Lab } from "./lab.ts";
import { breath, stretch } from "./clock.ts";
import { connectionsAt } from "./servers.ts";
import { covers } from "./subjects.ts";
import { patience, ProgramFailure, type CommonMistake } from "./words.ts";

/** A program that has subscribed to something and says nothing new for this long is as ready as it will be. */
const QUIET_MS = 300;
const CONNECT_MS = 5_000;
const READY_MS = 10_000;
/** A start costs 0.2 s of processor time, however long it takes: with so much of it a program is not starting any more. */
const WORKED_MS = 3_000;
/** Connected, silent on the wire for this long, and still without what its contract asks for: it will not come. */
const SILENT_MS = 3_000;

/**
 * Waits until a service is where its contract wants it: the tap saw its subscriptions and the server lists them,
 * its pull request waits, its port answers. A program that subscribes to other subjects than its contract
 * names is let through once it is quiet, so that the check can show what it misses.
 * Throws `ProgramFailure` when it ends first, never connects, or asks for nothing.
 */
export async function waitUntilReady(lab: Lab, handle: Handle): Promise<void> {
  const begun = performance.now();
  for (let round = 0; ; round++) {
    if (handle.program.exit) throw endedEarly(handle, handle.program.exit);
    const asked = performance.now();
    const seen = await look(lab, handle);
    const took = performance.now() - asked;
    if (seen.complete || (seen.some && seen.quietMs > QUIET_MS * patience())) break;
    const stuck = workedMs(handle) > WORKED_MS ? await hangs(handle) : undefined;
    if (stuck) throw stuck;
    const waited = (performance.now() - begun) / stretch();
    if (!seen.connected && waited > CONNECT_MS && !handle.def.port) throw (await hangs(handle)) ?? failure(handle, "never-connects", "It runs, but it has not connected to the server named by NATS_URL.");
    if (waited > READY_MS || (seen.connected && seen.quietMs > SILENT_MS * patience())) throw (await hangs(handle)) ?? neverReady(handle, seen);
    await breath(round, took);
  }
  lab.record.add({ kind: "ready", program: handle.name, life: handle.life });
}

/** Processor time of a program so far, in milliseconds; 0 where the system does not tell. */
function workedMs({ pid }: Handle): number {
  return (motionOf(pid)?.ticks ?? 0) * 10;
}

interface Seen {
  connected: boolean;
  complete: boolean;
  /** It has asked the server, or opened the port, for something at least. */
  some: boolean;
  quietMs: number;
  subjects: string[];
}

async function look(lab: Lab, handle: Handle): Promise<Seen> {
  const subjects = await listed(lab, handle);
  const hears = (handle.def.hears ?? []).every((sample) => subjects?.some((pattern) => covers(pattern, sample)));
  const pulls = handle.def.pulls ? await pullWaits(lab, handle) : true;
  const port = handle.def.port ? await answers(handle.port) : true;
  const own = (subjects ?? []).filter((subject) => !subject.startsWith("_INBOX"));
  const last = handle.events().filter((event) => event.kind !== "start").at(-1);
  return {
    connected: subjects !== undefined,
    // A program that serves HTTP may connect with its first request.
    complete: (subjects !== undefined || handle.def.port === true) && hears && pulls && port,
    some: own.length > 0 || handle.events({ kind: "pull" }).length > 0,
    quietMs: lab.record.now() - (last?.t ?? lab.record.now()),
    subjects: own,
  };
}

/**
 * Whether the server counts a pull request for each program that has asked the same consumer, this one included, or
 * has answered this one already: a pull that the tap has seen may not have been read yet.
 */
async function pullWaits(lab: Lab, handle: Handle): Promise<boolean> {
  const asked = (one: Handle) => (lab.tap ? one.events({ kind: "pull" }).at(-1) : one.def.pulls);
  const mine = asked(handle);
  if (!mine) return false;
  if (handle.events({ kind: "deliver" }).some((event) => event.sequence !== undefined)) return true;
  const same = lab.alive().filter((one) => asked(one)?.stream === mine.stream && asked(one)?.consumer === mine.consumer);
  const consumers = (await lab.streams()).find(({ name }) => name === mine.stream)?.consumers ?? [];
  const its = consumers.filter(({ name }) => !mine.consumer || name === mine.consumer);
  // Without the tap nobody sees its deliveries: that the server waits for an ack has to do.
  if (!lab.tap && its.some((consumer) => consumer.num_ack_pending > 0)) return true;
  return Math.max(0, ...its.map((consumer) => consumer.num_waiting)) >= same.length;
}

/** The subjects the server lists for this program's connections; undefined while it has none. */
async function listed(lab: Lab, handle: Handle): Promise<string[] | undefined> {
  const mine = lab.connectionsOf(handle);
  const all = (await connectionsAt(lab.servers, "?subs=detail")) ?? [];
  const found = all.filter(({ cid, name, server }) => mine(cid, name, server));
  if (found.length === 0) return undefined;
  return found.flatMap((connection) => (connection.subscriptions_list_detail ?? []).map((sub) => sub.subject));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => { socket.destroy(); resolve(true); });
    socket.once("error", () => resolve(false));
  });
}

function endedEarly(handle: Handle, exit: Exit): ProgramFailure {
  const error = firstError(handle.program);
  if (exit.limit) return failure(handle, exit.limit === "output" ? "floods" : "too-big", explainExit(handle.program));
  if (error || exit.code !== 0) {
    const text = error ? `It stopped with an error before it was ready: ${error.text}` : explainExit(handle.program);
    return failure(handle, "crashes-at-start", text, error?.at);
  }
  return failure(handle, "left-too-early", "It ended at once with exit code 0. A service goes on until it is told to stop: something has to keep it waiting for messages.");
}

/** What is said of a program that never sleeps; goes on from its name. */
export const NEVER_RESTS = "keeps the processor busy and does nothing else, so it cannot hear a message: look for a loop that does not await.";

async function hangs(handle: Handle): Promise<ProgramFailure | undefined> {
  if (!(await neverSleeps(handle.pid, () => handle.program.cpu()))) return undefined;
  return failure(handle, "hangs", `It ${NEVER_RESTS}`);
}

function neverReady(handle: Handle, seen: Seen): ProgramFailure {
  const wants = [...(handle.def.hears ?? []).map((sample) => `a subscription that matches ${sample}`), ...(handle.def.port ? ["an open port PORT"] : []), ...(handle.def.pulls ? [`a pull request on ${handle.def.pulls.stream}`] : [])];
  const has = seen.subjects.length > 0 ? `It has only subscribed to ${seen.subjects.join(", ")}.` : seen.connected ? "It is connected but has subscribed to nothing." : "It has not connected either.";
  return failure(handle, "never-ready", `Its contract asks for ${wants.join(" and ")}. ${has}`);
}

/** Why a program cannot take part in a check, said to the learner; `at` is the place where that is known. */
export function failure(handle: Handle, mistake: CommonMistake, text: string, at?: string): ProgramFailure {
  return new ProgramFailure(mistake, {
    text,
    file: at ?? handle.file ?? handle.role,
    unmet: { expected: `${handle.name} to start and be ready`, seen: text, timeline: handle.events().slice(-6) },
  });
}
