import { startCluster, type Cluster } from "#engine/server/cluster.ts";
import { startServer, type NatsServer } from "#engine/server/start.ts";
import type { ServerReaper } from "#engine/server/types.ts";
import type { ConsumerState, StreamState } from "#engine/lessons/evidence.ts";

/** A connection as one server lists it in `/connz`. `cid` is its number on that server, and on no other. */
export interface Connection {
  /** The client port of the server that lists it. */
  server: number;
  cid: number;
  name?: string;
  out_msgs: number;
  subscriptions_list_detail?: { subject: string; qgroup?: string }[];
}

/** The server of a lab, or the three of a cluster. */
export interface Servers extends AsyncDisposable {
  all: readonly NatsServer[];
  cluster?: Cluster;
}

/** Starts one server with JetStream on a given store, or, with `cluster`, three with temporary ones. */
export async function openServers(options: { cluster: boolean; store: string; reaper: ServerReaper }): Promise<Servers> {
  const { cluster: three, ...rest } = options;
  const cluster = three ? await startCluster(3, { reaper: rest.reaper }) : undefined;
  const all = cluster?.servers ?? [await startServer({ jetstream: true, ...rest })];
  return { all, ...(cluster ? { cluster } : {}), [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((server) => server[Symbol.asyncDispose]()))) };
}

/** Every connection that a running server lists; undefined when none of the servers could be asked. */
export async function connectionsAt(servers: readonly NatsServer[], query = ""): Promise<Connection[] | undefined> {
  const asked = await Promise.all(servers.map(async (server) => {
    if (server.state !== "running") return undefined;
    const connz = await server.get<{ connections: Omit<Connection, "server">[] }>(`/connz${query}`).catch(() => undefined);
    return connz?.connections.map((connection) => ({ ...connection, server: server.port }));
  }));
  const answers = asked.filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : answers.flat();
}

/**
 * Streams and consumers as the monitoring ports of running servers show them. In a cluster every server has a copy of
 * each, and only the one that leads it knows what waits: its copy is taken. Without a leader it is anybody's.
 */
export async function streamsAt(servers: readonly NatsServer[]): Promise<StreamState[]> {
  const asked = servers.filter((server) => server.state === "running").map((server) => copiesAt(server).catch(() => []));
  const copies = (await Promise.all(asked)).flat();
  const consumers = copies.flatMap(({ name, at, consumer_detail = [] }) => consumer_detail.map((consumer) => ({ ...consumer, stream: name, at })));
  return leaders(copies).map(({ name, config, state, leader, replicas }) => ({ name, config, state, ...(leader ? { leader, replicas } : {}), consumers: leaders(consumers.filter(({ stream }) => stream === name)).map(stateOf) }));
}

/** What one server shows of a stream or a consumer. */
interface Copy {
  name: string;
  /** The server that shows it. */
  at: string;
  cluster?: { leader?: string; replicas?: { name: string; current: boolean }[] };
}

type StreamCopy = Copy & Pick<StreamState, "config" | "state"> & { consumer_detail?: (ConsumerState & Pick<Copy, "cluster">)[] };

/** For each name the copy at the server that says of itself that it leads, else the first one. */
function leaders<C extends Copy>(copies: C[]): (C & Pick<StreamState, "leader" | "replicas">)[] {
  return [...new Set(copies.map(({ name }) => name))].map((name) => {
    const all = copies.filter((copy) => copy.name === name);
    const led = all.find(({ cluster, at }) => cluster?.leader === at);
    return led ? { ...led, leader: led.at, replicas: led.cluster?.replicas ?? [] } : all[0]!;
  });
}

function stateOf({ at: _at, cluster: _cluster, stream: _stream, ...state }: ConsumerState & Copy & { stream: string }): ConsumerState {
  return state;
}

async function copiesAt(server: NatsServer): Promise<StreamCopy[]> {
  const jsz = await server.get<{ account_details?: { stream_detail?: Omit<StreamCopy, "at">[] }[] }>("/jsz?streams=1&consumers=1&config=1");
  return (jsz.account_details ?? []).flatMap((account) => (account.stream_detail ?? []).map((copy) => ({ ...copy, at: server.name })));
}
