import { setTimeout as pause } from "node:timers/promises";
import type { LedgerLine } from "#engine/world/world.ts";
import type { Count, Sight } from "../text/sight.ts";
import type { Theatre } from "./theatre.ts";

/** What has become of one sight. */
export interface Seen {
  sight: Sight;
  ok: boolean;
  /** In words that follow "seen: ". */
  seen: string;
}

/** Where a scene began: what came before does not count. */
export interface Scene {
  /** Calls in the world's ledger before it. */
  calls: number;
  /** Milliseconds of the house's record. */
  t: number;
}

/** Nothing has moved for so long: what did not happen will not. */
const STILL_MS = 500;
/** What goes on in a system in which nothing happens. */
const IDLE = new Set(["ping", "pong", "pull", "status", "progress", "count"]);

/** A scene begins now. */
export function sceneOf(theatre: Theatre): Scene {
  return { calls: theatre.house.world.ledger.length, t: theatre.house.record.now() };
}

/** Looks for what a step says is to be seen. A limit or a "never" is believed once nothing moves any more. Milliseconds. */
export async function judge(theatre: Theatre, sights: readonly Sight[], scene: Scene, { within = 20_000, signal }: { within?: number; signal?: AbortSignal } = {}): Promise<Seen[]> {
  const deadline = performance.now() + within;
  for (;;) {
    const seen = await look(theatre, sights, scene);
    if ((seen.every(({ ok }) => ok) && isStill(theatre)) || performance.now() > deadline || signal?.aborted) return seen;
    await pause(50);
  }
}

/** What is to be seen of it now. */
export async function look(theatre: Theatre, sights: readonly Sight[], scene: Scene): Promise<Seen[]> {
  return Promise.all(sights.map(async (sight) => ({ sight, ...(await lookFor(theatre, sight, scene)) })));
}

function isStill(theatre: Theatre): boolean {
  const { record, world } = theatre.house;
  const now = record.now();
  const last = record.events.findLast(({ kind }) => !IDLE.has(kind))?.t ?? 0;
  return world.inFlight() === 0 && now - Math.max(last, theatre.lines.at(-1)?.t ?? 0) > STILL_MS;
}

async function lookFor(theatre: Theatre, sight: Sight, scene: Scene): Promise<Pick<Seen, "ok" | "seen">> {
  const calls = theatre.house.world.ledger.slice(scene.calls);
  switch (sight.kind) {
    case "prints": {
      const lines = theatre.lines.filter(({ t, program, stream }) => t >= scene.t && stream !== "command" && stream !== "note" && isOf(program, sight.program));
      return counted(lines.filter(({ text }) => sight.pattern.test(text)).length, sight.count, "such lines");
    }
    case "happens": return counted(calls.filter(({ service, effect }) => effect && service === sight.service).length, sight.count, "times");
    case "at-once": return counted(mostAtOnce(calls.filter(({ service }) => service === sight.service)), sight.count, "at once");
    case "carries": {
      const all = calls.filter(({ service }) => service === sight.service);
      const some = all.filter((call) => sight.header.toLowerCase() === "correlation-id" && call.correlationId);
      return { ok: all.length > 0 && some.length === all.length, seen: `${some.length} of ${all.length} calls` };
    }
    case "ends": {
      const exit = theatre.exitOf(sight.program);
      return { ok: exit !== undefined && (sight.code === undefined || exit.code === sight.code), seen: exit ? `exit code ${exit.code ?? exit.signal}` : "it runs" };
    }
    case "stays": return { ok: theatre.names.includes(sight.program), seen: theatre.names.includes(sight.program) ? "it runs" : "it has ended" };
    case "holds": {
      const held = await messagesIn(theatre, sight.stream);
      return { ok: held === sight.messages, seen: held === undefined ? "no such stream" : `${held} messages` };
    }
    case "all-charged": {
      const placed = new Set(published(theatre, scene).map((subject) => subject.split(".")[3]));
      const charged = new Set(calls.filter(({ service, effect }) => effect && service === "charge").map(({ orderId }) => orderId));
      const done = [...placed].filter((id) => charged.has(id)).length;
      return { ok: placed.size > 0 && done === placed.size, seen: `${done} of ${placed.size}` };
    }
    case "again": {
      const again = theatre.house.record.where((event) => event.kind === "deliver" && (event.deliveries ?? 1) > 1, scene.t);
      return { ok: again.length > 0, seen: `${again.length} second deliveries` };
    }
  }
}

function counted(count: number, { least, most }: Count, what: string): Pick<Seen, "ok" | "seen"> {
  return { ok: count >= least && count <= most, seen: `${count} ${what}` };
}

function isOf(program: string, name: string): boolean {
  return program === name || program.startsWith(`${name}#`);
}

function published(theatre: Theatre, scene: Scene): string[] {
  return theatre.house.record.where({ kind: "publish" }, scene.t).flatMap(({ subject = "" }) => (subject.startsWith("orders.placed.") ? [subject] : []));
}

function mostAtOnce(calls: readonly LedgerLine[]): number {
  const now = Infinity;
  return Math.max(0, ...calls.map(({ t }) => calls.filter((other) => other.t <= t && (other.ended ?? now) > t).length));
}

async function messagesIn(theatre: Theatre, stream: string): Promise<number | undefined> {
  const jsz = await theatre.house.server.get<{ account_details?: { stream_detail?: { name: string; state: { messages: number } }[] }[] }>("/jsz?streams=1");
  return jsz.account_details?.flatMap(({ stream_detail }) => stream_detail ?? []).find(({ name }) => name === stream)?.state.messages;
}
