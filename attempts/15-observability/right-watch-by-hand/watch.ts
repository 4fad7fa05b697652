// The watchman, without prom-client: two looks a second, the last
// three kept, and the text of /metrics written by hand.

import { createServer } from "node:http";
import { connect } from "@nats-io/transport-node";
import { jetstreamManager, type ConsumerInfo } from "@nats-io/jetstream";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  maxReconnectAttempts: -1,
});
const jsm = await jetstreamManager(nc, { timeout: 800 });
const looks: ConsumerInfo[] = [];
let lastAnswer = Date.now();

const timer = setInterval(async () => {
  try {
    looks.push(await jsm.consumers.info("WORK", "payments"));
    lastAnswer = Date.now();
    if (looks.length > 3) looks.shift();
  } catch {
    // No news for three seconds is said by /healthz.
  }
}, 500);

function moved(pick: (info: ConsumerInfo) => number): boolean {
  const first = looks[0];
  const last = looks.at(-1);
  return !first || !last || looks.length < 3 || pick(last) > pick(first);
}

function state(): string {
  const last = looks.at(-1);
  if (!last) return "healthy";
  const delivered = moved((info) => info.delivered.consumer_seq);
  const acked = moved((info) => info.ack_floor.consumer_seq);
  const loops = delivered && !acked && last.num_redelivered > 0;
  const open = last.num_pending > 0 || last.num_ack_pending > 0;
  switch (true) {
    case loops: return "redelivering";
    case open && !delivered && !acked: return "stalled";
    case last.num_pending > 100: return "lagging";
    default: return "healthy";
  }
}

function gauge(name: string, values: [string, number][]): string {
  const lines = values.map(([labels, value]) => `${name}${labels} ${value}`);
  return [`# HELP ${name} of the consumer payments`, `# TYPE ${name} gauge`, ...lines, ""].join("\n");
}

const server = createServer((request, response) => {
  const now = state();
  if (request.url === "/healthz") {
    const silent = Date.now() - lastAnswer > 3_000;
    response.writeHead(!silent && /healthy|lagging/.test(now) ? 200 : 503);
    response.end(now);
    return;
  }
  const last = looks.at(-1);
  response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4" });
  response.end(
    [
      gauge("pipeline_pending", [["", last?.num_pending ?? 0]]),
      gauge("pipeline_ack_pending", [["", last?.num_ack_pending ?? 0]]),
      gauge("pipeline_redelivered", [["", last?.num_redelivered ?? 0]]),
      gauge("pipeline_health", ["healthy", "lagging", "stalled", "redelivering"].map((one) => [`{state="${one}",pipeline="payments"}`, one === now ? 1 : 0])),
    ].join(""),
  );
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1");

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    clearInterval(timer);
    server.close();
    await nc.close();
  });
}
