import { setTimeout as sleep } from "node:timers/promises";
import type { Place } from "./place.ts";
import type { Kind, PlannedFault } from "./plan.ts";

/** Does one fault, waits as long as it lasts, undoes it. Resolves with a line about it, or undefined if there was nothing to break. */
export function inject(place: Place, fault: PlannedFault): Promise<string | undefined> {
  return FAULTS[fault.kind](place, fault);
}

type Inject = (place: Place, fault: PlannedFault) => Promise<string | undefined>;

const FAULTS: Record<Kind, Inject> = {
  async "kill-worker"(place, { target, lasts }) {
    const worker = place.workers[target]!;
    if (!worker.running) return undefined;
    worker.signal("SIGKILL");
    await worker.program.exited;
    await sleep(lasts);
    await place.startAgain(target);
    return `${worker.name} killed, started again after ${inSeconds(lasts)}`;
  },

  async "pause-worker"(place, { target, lasts }) {
    const worker = place.workers[target]!;
    if (!worker.running) return undefined;
    worker.signal("SIGSTOP");
    await sleep(lasts);
    worker.signal("SIGCONT");
    return `${worker.name} stood still for ${inSeconds(lasts)}`;
  },

  async "cut-worker"(place, { target }) {
    const { name } = place.workers[target]!;
    const { hits } = place.lab.wire.cut({ program: name });
    return hits > 0 ? `${name}'s connection cut` : undefined;
  },

  async "cut-shop"(place) {
    return place.lab.wire.cut({ program: "shop" }).hits > 0 ? "the shop's connection cut" : undefined;
  },

  "lose-ack": (place) => lose(place, "ack", "worker"),

  "lose-puback": (place) => lose(place, "puback", "shop"),

  async outage(place, { lasts }) {
    const trouble = place.lab.world.fail(503, { service: "charge" });
    await sleep(lasts);
    trouble.undo();
    return `the provider said 503 for ${inSeconds(lasts)}, to ${trouble.hits} calls`;
  },

  async "kill-server"(place, { target, lasts }) {
    const server = place.lab.servers[target]!;
    if (server.state !== "running") return undefined;
    note(place, `${server.name} is killed with SIGKILL`);
    await server.kill();
    await sleep(lasts);
    await server.restart();
    note(place, `${server.name} runs again`);
    return `${server.name} killed, started again after ${inSeconds(lasts)}`;
  },

  async "pause-server"(place, { target, lasts }) {
    const server = place.lab.servers[target]!;
    if (server.state !== "running") return undefined;
    note(place, `${server.name} is stopped with SIGSTOP`);
    server.pause();
    await sleep(lasts);
    server.resume();
    note(place, `${server.name} goes on`);
    return `${server.name} stood still for ${inSeconds(lasts)}`;
  },

  async "kill-all-servers"(place, { lasts }) {
    const up = place.lab.servers.filter(({ state }) => state === "running");
    note(place, "all servers are killed with SIGKILL");
    await Promise.all(up.map((server) => server.kill()));
    await sleep(lasts);
    await Promise.all(up.map((server) => server.restart()));
    note(place, "all servers run again");
    return `all servers killed, started again after ${inSeconds(lasts)}`;
  },
};

/** How long a frame is waited for that is to be lost, in milliseconds: in an outage there may be none. */
const NO_FRAME_MS = 3_000;

async function lose(place: Place, what: "ack" | "puback", program: string): Promise<string | undefined> {
  const fault = place.lab.wire.lose(what, { program });
  await Promise.race([fault.hit, sleep(NO_FRAME_MS, undefined, { ref: false })]);
  await fault.undo();
  if (fault.hits === 0) return undefined;
  return what === "ack" ? "an ack lost" : "a PubAck lost";
}

function note(place: Place, words: string): void {
  place.lab.record.add({ kind: "server", note: words });
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
