import { setTimeout as wait } from "node:timers/promises";
import { messageOf, ServerError } from "./errors.ts";
import type { NatsServer } from "./types.ts";

/** The servers of a cluster had not agreed on a meta leader in time. */
export class NoLeader extends ServerError {
  constructor(within: number, states: unknown) {
    super(`Cannot use the cluster as its servers must agree on a meta leader within ${within} ms: last seen ${JSON.stringify(states)}`, "npm run doctor");
    this.name = "NoLeader";
  }
}

/**
 * Waits until all servers name the same meta leader, and that leader says that all others are up to date.
 * Throws NoLeader with the last state seen after `within` milliseconds.
 */
export async function agreed(servers: readonly NatsServer[], within: number): Promise<void> {
  const deadline = performance.now() + within;
  for (;;) {
    const states = await Promise.all(servers.map(metaOf));
    if (isWhole(states)) return;
    if (performance.now() > deadline) throw new NoLeader(within, states);
    await wait(10);
  }
}

/**
 * Waits until the leader can place a replicated stream, by placing one and deleting it. A leader that lists both others
 * as current still answers "no suitable peers for placement, peer offline" until it has heard how much room they have,
 * and monitoring does not show that. Throws NoLeader with the last answer after `within` milliseconds.
 */
export async function placeable(servers: readonly NatsServer[], within: number): Promise<void> {
  const { connect, jetstreamManager, JetStreamApiError } = await clients();
  const nats = await connect({ servers: servers.map(({ url }) => url), name: "workshop probe" });
  const deadline = performance.now() + within;
  try {
    const { streams } = await jetstreamManager(nats, { checkAPI: false });
    const probe = () => streams.add({ ...PROBE, num_replicas: servers.length }).then(() => streams.delete(PROBE.name));
    for (;;) {
      const answer = await probe().catch((error: unknown) => error);
      if (!(answer instanceof Error)) return;
      // No answer at all is one of a busy machine, or of an election that is not over after all.
      if (nats.isClosed() || (answer instanceof JetStreamApiError && ![NO_SUITABLE_PEERS, NO_SUCH_STREAM].includes(answer.code))) throw answer;
      if (performance.now() > deadline) throw new NoLeader(within, messageOf(answer));
      await wait(10);
    }
  } finally {
    await nats.close();
  }
}

const PROBE = { name: "WORKSHOP_PROBE", subjects: ["_WORKSHOP.probe"], storage: "memory" as const };
const NO_SUITABLE_PEERS = 10005;
const NO_SUCH_STREAM = 10059;

// Only clusters need the client; a single server starts without loading it.
async function clients() {
  const [{ connect }, { jetstreamManager, JetStreamApiError }] = await Promise.all([import("@nats-io/transport-node"), import("@nats-io/jetstream")]);
  return { connect, jetstreamManager, JetStreamApiError };
}

/** The server that leads now; undefined while there is an election. */
export async function metaLeader(servers: readonly NatsServer[]): Promise<NatsServer | undefined> {
  const name = leading(await Promise.all(servers.map(metaOf)))?.leader;
  return servers.find((server) => server.name === name);
}

/** `meta_cluster` of /jsz. Only the leader lists the replicas. */
interface Meta {
  leader?: string;
  replicas?: { name: string; current: boolean }[];
}

function isWhole(states: (Meta | undefined)[]): boolean {
  const leader = leading(states);
  const others = leader?.replicas ?? [];
  return others.length === states.length - 1 && others.every(({ current }) => current) && states.every((state) => state?.leader === leader?.leader);
}

// A server that has just lost its leader still names it for a moment; that one is the leader counts when it says so itself.
function leading(states: (Meta | undefined)[]): Meta | undefined {
  return states.find((state) => state?.leader && state.replicas);
}

// A server of the cluster may be down or paused on purpose: it has no opinion.
async function metaOf(server: NatsServer): Promise<Meta | undefined> {
  if (server.state !== "running") return undefined;
  return server.get<{ meta_cluster?: Meta }>("/jsz").then((state) => state.meta_cluster, () => undefined);
}
