import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { House } from "#engine/house/house.ts";
import type { ProcessGroup } from "#engine/process/group.ts";
import type { Identity } from "#engine/record/events.ts";

/** It is let through after so long, ready or not: the audience sees what it does. */
const READY_MS = 15_000;
/** Connected and silent for so long without a subscription: as ready as it will be. */
const QUIET_MS = 400;

/**
 * Waits until a service on stage listens: its port answers, or the server lists every subscription that the tap saw, or
 * its pull request is out. A program that has ended is waited for no longer.
 */
export async function waitUntilReady(house: House, group: ProcessGroup, { program, life, port }: Identity & { port?: number }): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!group.exit && performance.now() < deadline) {
    if (port === undefined ? await listens(house, { program, life }) : await answers(port)) return;
    await pause(20);
  }
}

async function listens(house: House, { program, life }: Identity): Promise<boolean> {
  const events = house.record.where({ program, life });
  const connections = events.filter(({ kind }) => kind === "connect").map(({ connection }) => connection);
  if (connections.length === 0) return false;
  if (events.some(({ kind }) => kind === "pull")) return true;
  const wanted = events.filter(({ kind, subject }) => kind === "subscribe" && !subject?.startsWith("_INBOX")).map(({ subject }) => subject ?? "");
  if (wanted.length === 0) return house.record.now() - (events.at(-1)?.t ?? 0) > QUIET_MS;
  const connz = await house.server.get<{ connections: { cid: number; subscriptions_list?: string[] }[] }>("/connz?subs=1");
  const there = connz.connections.filter(({ cid }) => connections.includes(cid)).flatMap(({ subscriptions_list }) => subscriptions_list ?? []);
  return wanted.every((subject) => there.includes(subject));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => { socket.destroy(); resolve(true); });
    socket.once("error", () => resolve(false));
  });
}
