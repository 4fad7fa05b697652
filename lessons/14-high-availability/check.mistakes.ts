import { diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";

/** Heartbeats that come seldom: the client asks again when two of them are missing. */
const SELDOM_MS = 5_000;

interface Balance {
  count: number;
  different: number;
  code?: number | null;
}

diagnose("one-replica", (e) => (e.facts.stream as { replicas?: number } | undefined)?.replicas !== 3 && "stream" in e.facts);

diagnose("memory-storage", (e) => (e.facts.stream as { storage?: string } | undefined)?.storage === "memory");

diagnose("one-address", (e) => e.facts.oneAddress !== undefined);

diagnose("starts-the-stream-anew", (e) => typeof e.facts.kept === "number" && e.facts.kept < 20);

diagnose("core-publish", (e) => placed(e).some((event) => event.reply === undefined));

diagnose("gives-up-reconnecting", (e) => e.facts.gaveUp !== undefined);

diagnose("gives-up-publishing", (e) => {
  const { code = 0, different = 0, count = 0 } = balanceOf(e) ?? {};
  return e.facts.endedEarly !== undefined || code !== 0 || different < count;
});

diagnose("no-message-id", (e) => (e.facts.twice as { what?: string } | undefined)?.what === "stored");

diagnose("worker-ends", (e) => endedWorker(e) !== undefined);

diagnose("slow-heartbeat", (e) => {
  if (e.facts.deaf === undefined) return false;
  const last = e.scene.findLast((event) => event.kind === "pull" && event.program === e.facts.deaf);
  return last !== undefined && Math.max(last.heartbeat ?? 0, (last.expires ?? 0) / 2) >= SELDOM_MS;
});

diagnose("charges-without-key", (e) => (e.facts.twice as { what?: string } | undefined)?.what === "charged");

/** A worker that has ended by itself since this check began: the lab ends programs with SIGKILL. */
function endedWorker(e: Evidence): string | undefined {
  const started = new Set(e.scene.filter(({ kind }) => kind === "start").map(({ program }) => program));
  return e.programs.find(({ role, name, exit }) => role === "worker" && started.has(name) && exit !== undefined && exit.signal !== "SIGKILL")?.name;
}

function balanceOf(e: Evidence): Balance | undefined {
  return e.facts.balance as Balance | undefined;
}

/** Orders that the producer published since this check began. */
function placed(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => event.kind === "publish" && event.program?.startsWith("producer") === true && event.subject?.startsWith("orders.") === true);
}
