// Watches the pipeline. Once a second it asks the server how the
// consumer `payments` stands, and says in one word how that is: to
// Prometheus on /metrics, to whoever is on call on /healthz.
//
//   npx tsx lessons/15-observability/watch.ts

import { createServer } from "node:http";
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { Gauge, Registry } from "prom-client";

const STATES = ["healthy", "lagging", "stalled", "redelivering"];

/** What the server says of a consumer, at one moment. */
interface Look {
  /** Deliveries so far, each redelivery counted again. */
  delivered: number;
  /** Everything up to this delivery is acked. */
  ackFloor: number;
  /** Orders that nobody has taken. */
  pending: number;
  /** Orders that were taken and not acked. */
  ackPending: number;
  /** Of those, the ones taken more than once. */
  redelivered: number;
}

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "watch",
  maxReconnectAttempts: -1,
});
// A watchman who waits five seconds for an answer is asleep.
const jsm = await jetstreamManager(nc, { timeout: 1000 });

const register = new Registry();
const registers = [register];
const pending = new Gauge({
  name: "pipeline_pending",
  help: "Orders that no worker has taken",
  registers,
});
const ackPending = new Gauge({
  name: "pipeline_ack_pending",
  help: "Orders that a worker has taken and not acked",
  registers,
});
const redelivered = new Gauge({
  name: "pipeline_redelivered",
  help: "Orders not acked that were delivered more than once",
  registers,
});
const health = new Gauge({
  name: "pipeline_health",
  help: "1 for the state the pipeline is in, 0 for the others",
  labelNames: ["state"],
  registers,
});

let before: Look | undefined;
let state = "healthy";
let reached = true;

await look();
const looking = setInterval(look, 1000);

const http = createServer(async (request, response) => {
  if (request.url === "/metrics") {
    response.setHeader("Content-Type", register.contentType);
    response.end(await register.metrics());
  } else if (request.url === "/healthz") {
    const fine = reached && (state === "healthy" || state === "lagging");
    response.statusCode = fine ? 200 : 503;
    response.end(reached ? state : "the server does not answer");
  } else {
    response.writeHead(404).end();
  }
});
const port = Number(process.env.PORT ?? 8080);
http.listen(port, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${port}/metrics and /healthz`);
});

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

function classify(before: Look, now: Look): string {
  const taken = now.delivered > before.delivered;
  const done = now.ackFloor > before.ackFloor;
  if (taken && !done && now.redelivered > 0) return "redelivering";
  const open = now.pending + now.ackPending > 0;
  if (open && now.pending === before.pending && now.ackPending === before.ackPending) return "stalled";
  return now.pending > 100 ? "lagging" : "healthy";
}

async function look(): Promise<void> {
  try {
    const info = await jsm.consumers.info("WORK", "payments");
    const now: Look = {
      delivered: info.delivered.consumer_seq,
      ackFloor: info.ack_floor.consumer_seq,
      pending: info.num_pending,
      ackPending: info.num_ack_pending,
      redelivered: info.num_redelivered,
    };
    state = before ? classify(before, now) : "healthy";
    before = now;
    reached = true;
    show(now);
  } catch (error) {
    reached = false;
    console.log(`cannot look: ${(error as Error).message}`);
  }
}

function show(now: Look): void {
  pending.set(now.pending);
  ackPending.set(now.ackPending);
  redelivered.set(now.redelivered);
  for (const one of STATES) {
    health.set({ state: one }, one === state ? 1 : 0);
  }
}

async function stop(): Promise<void> {
  clearInterval(looking);
  http.close();
  await nc.close();
}
