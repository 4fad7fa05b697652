import { messageOf } from "./errors.ts";
import { agreed, metaLeader, NoLeader, placeable } from "./meta.ts";
import { freePorts } from "./ports.ts";
import { startServer } from "./start.ts";
import type { NatsServer, ServerOptions } from "./types.ts";

/** Three servers that share streams. */
export interface Cluster extends AsyncDisposable {
  readonly servers: readonly NatsServer[];
  /** All client addresses, separated by commas. */
  readonly urls: string;
  /** The server that leads the cluster's own meta group now; undefined while there is an election. */
  metaLeader(): Promise<NatsServer | undefined>;
  /**
   * Starts every server that is gone, on its own ports and store, has paused ones go on, and waits until all have agreed
   * on a leader and can place a stream. Throws NoLeader when that is not so after `within` milliseconds (30,000).
   */
  whole(within?: number): Promise<void>;
}

/** How to start the three. */
export interface ClusterOptions extends Pick<ServerOptions, "reaper" | "binary" | "config"> {
  /** Client ports, one for each server. Default: free ones. */
  ports?: number[];
  /** Monitoring ports. Default: free ones. */
  monitors?: number[];
  /** JetStream folders. Default: temporary ones, removed in the end. */
  stores?: string[];
  /** Servers are named `<name>-1` to `<name>-3`. Default `node`. */
  name?: string;
  /** How long until the three have agreed on a leader, in milliseconds. Default 30,000 (an election takes up to 6 s). */
  within?: number;
}

/**
 * Starts three nats-servers on loopback as one JetStream cluster, and waits until they agree on a meta leader and can
 * place a replicated stream: before that none can be made. Clients are told no other addresses (`no_advertise`), so each stays on the one it was given.
 * Throws ServerError when a server does not come up, or no leader is there in time.
 */
export async function startCluster(size: 3, options: ClusterOptions = {}): Promise<Cluster> {
  const { within = WHOLE_MS, stores } = options;
  if (stores) return attempt(size, options, within);
  return attempt(size, options, Math.min(SPLIT_MS, within)).catch((error: unknown) => {
    if (error instanceof NoLeader) return attempt(size, options, within);
    throw error;
  });
}

/** Long enough for two elections of up to 6 s on a slow machine. */
const WHOLE_MS = 30_000;

/**
 * In about one start of twenty the first election is split, and the next one comes 4 to 7 s later. Three empty servers
 * are started again in 0.3 s, so after this many milliseconds that is quicker than to wait.
 */
const SPLIT_MS = 1_500;

async function attempt(size: number, options: ClusterOptions, within: number): Promise<Cluster> {
  const cluster = new LocalCluster(await startAll(size, options));
  try {
    await agreed(cluster.servers, within);
    await placeable(cluster.servers, within);
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

class LocalCluster implements Cluster {
  readonly servers: readonly NatsServer[];

  constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  get urls(): string {
    return this.servers.map((server) => server.url).join(",");
  }

  metaLeader(): Promise<NatsServer | undefined> {
    return metaLeader(this.servers);
  }

  async whole(within = WHOLE_MS): Promise<void> {
    for (const server of this.servers) if (server.state === "paused") server.resume();
    await Promise.all(this.servers.filter(({ state }) => state === "gone").map((server) => server.restart()));
    await agreed(this.servers, within);
    await placeable(this.servers, within);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

// Every server must know all routes before it starts, so their ports are dealt first; should another process take one
// in that moment, new ones are dealt.
async function startAll(size: number, options: ClusterOptions, tries = 3): Promise<NatsServer[]> {
  const routes = await freePorts(size);
  const starts = await Promise.allSettled(routes.map((_route, index) => startServer(member(index, routes, options))));
  const servers = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const failed = starts.find((start) => start.status === "rejected");
  if (!failed) return servers;
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  if (tries > 1 && messageOf(failed.reason).includes("address already in use")) return startAll(size, options, tries - 1);
  throw failed.reason;
}

function member(index: number, routes: number[], options: ClusterOptions): ServerOptions {
  const { ports, monitors, stores, name = "node", within: _whole, ...shared } = options;
  const addresses = routes.map((port) => `nats://127.0.0.1:${port}`);
  const args = ["--cluster_name", "workshop", "--cluster", addresses[index] ?? "", "--routes", addresses.filter((_own, other) => other !== index).join(",")];
  return { ...shared, name: `${name}-${index + 1}`, args, port: ports?.[index], monitor: monitors?.[index], store: stores?.[index] };
}
