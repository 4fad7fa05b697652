import type { ConsumerState, StreamState } from "#engine/lessons/evidence.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { Cluster } from "#engine/server/cluster.ts";
import type { NatsServer } from "#engine/server/start.ts";

/** The longest that servers may take to agree on something, in milliseconds: an election takes up to 7 s, and may be split. */
const AGREE_MS = 30_000;

/** What a change of leader may take before it is asked for again, in milliseconds. */
const STEP_MS = 5_000;

/** The three servers. */
export function clusterOf(lab: Lab): Cluster {
  if (!lab.cluster) throw new Error(`Lesson ${lab.lesson.id} needs a cluster`);
  return lab.cluster;
}

/** All three servers up and of one mind, with nothing kept. */
export async function clean(lab: Lab): Promise<void> {
  await clusterOf(lab).whole();
  const gone = async () => {
    const left = await lab.streams();
    if (left.length === 0) return true;
    const jsm = await lab.jsm();
    for (const { name } of left) await jsm.streams.delete(name);
    return false;
  };
  // Right after an election a request may fall into the gap, or meet a server that is not up to date.
  await lab.until(() => gone().catch(() => false), { evenIfQuiet: true, within: AGREE_MS, expected: "three servers without a stream", seen: () => "the streams of the last check are still there" });
}

export async function ordersStream(lab: Lab): Promise<StreamState | undefined> {
  return (await lab.streams()).find(({ name }) => name === "ORDERS");
}

export async function payments(lab: Lab): Promise<ConsumerState | undefined> {
  return (await ordersStream(lab))?.consumers.find(({ name }) => name === "payments");
}

/** The server that leads the stream; waits for the end of an election. */
export async function leaderOf(lab: Lab): Promise<NatsServer> {
  const name = await lab.until(async () => (await ordersStream(lab))?.leader, { evenIfQuiet: true, within: AGREE_MS, expected: "a server that leads ORDERS", seen: () => "none does" });
  return lab.servers.find((server) => server.name === name)!;
}

/** Has the stream led by the server that leads the worker's consumer, so that its death is everybody's business. Answers that server. */
export async function leadBoth(lab: Lab): Promise<NatsServer> {
  const wanted = await lab.until(async () => (await payments(lab))?.leader, { evenIfQuiet: true, within: AGREE_MS, expected: "a server that leads payments", seen: () => "none does" });
  const there = async () => (await ordersStream(lab))?.leader === wanted;
  const nc = await lab.nats;
  const step = JSON.stringify({ placement: { preferred: wanted } });
  let asked = -Infinity;
  const moved = async () => {
    if (await there()) return true;
    // Asked a second time while it is on its way, it would begin anew: so each request has its time.
    if (performance.now() - asked > STEP_MS) {
      asked = performance.now();
      await nc.request("$JS.API.STREAM.LEADER.STEPDOWN.ORDERS", step, { timeout: STEP_MS }).catch(() => {});
    }
    return false;
  };
  await lab.until(moved, { evenIfQuiet: true, within: AGREE_MS, expected: `ORDERS to be led by ${wanted}`, seen: () => "another server leads it" });
  return lab.servers.find(({ name }) => name === wanted)!;
}

/** Whether every copy of the stream and of its consumers is up to date, as their leaders say. */
export async function allCurrent(lab: Lab): Promise<boolean> {
  const stream = await ordersStream(lab);
  return [stream, ...(stream?.consumers ?? [])].every((one) => one?.leader !== undefined && (one.replicas ?? []).length === 2 && one.replicas!.every(({ current }) => current));
}

/** SIGKILL to servers, all at the same moment, and into the record. */
export async function kill(lab: Lab, servers: readonly NatsServer[]): Promise<void> {
  for (const { name } of servers) lab.record.add({ kind: "server", note: `${name} is killed with SIGKILL` });
  await Promise.all(servers.map((server) => server.kill()));
}
