import { setTimeout as wait } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { startCluster, type Cluster } from "./cluster.ts";

test("a cluster of three keeps a replicated stream, advertises nobody, and outlives its leader", { timeout: 90_000 }, async () => {
  await using cluster = await startCluster(3);
  expect(cluster.urls.split(",")).toEqual(cluster.servers.map(({ url }) => url));
  expect(await advertisedBy(cluster)).toEqual([]);
  expect(await replicasOfANewStream(cluster)).toBe(2);

  const leader = await cluster.metaLeader();
  if (!leader) throw new Error("no leader");
  await leader.kill();
  await until(async () => ![undefined, leader].includes(await cluster.metaLeader()));
  await leader.restart();
  await until(async () => (await followersOf(cluster)) === 2);
});

test("startCluster() fails when a port that it was given is taken, and leaves nothing running", async () => {
  await using cluster = await startCluster(3);
  const [taken = 0] = cluster.servers.map(({ port }) => port);
  await expect(startCluster(3, { ports: [taken, -1, -1] })).rejects.toThrow("address already in use");
});

async function advertisedBy(cluster: Cluster): Promise<string[]> {
  const nats = await connect({ servers: cluster.servers[0]?.url ?? "" });
  const urls = nats.info?.connect_urls ?? [];
  await nats.close();
  return urls;
}

async function replicasOfANewStream(cluster: Cluster): Promise<number> {
  const nats = await connect({ servers: cluster.urls.split(",") });
  const stream = await (await jetstreamManager(nats)).streams.add({ name: "ORDERS", subjects: ["orders.>"], num_replicas: 3 });
  await nats.close();
  return stream.cluster?.replicas?.length ?? 0;
}

// Counted by the leader, the one that was killed included once it has caught up.
async function followersOf(cluster: Cluster): Promise<number> {
  const leader = await cluster.metaLeader();
  const state = await leader?.get<{ meta_cluster: { replicas?: { current: boolean }[] } }>("/jsz");
  return state?.meta_cluster.replicas?.filter(({ current }) => current).length ?? 0;
}

async function until(condition: () => Promise<boolean>, within = 40_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${condition}`);
    await wait(20);
  }
}
