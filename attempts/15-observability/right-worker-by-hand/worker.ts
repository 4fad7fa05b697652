// The worker without libraries: up to five orders at once, the
// header taken apart by hand, a histogram with a single bucket.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { connect, headers, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
import { charge, WorldError } from "#world";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
});
const jsm = await jetstreamManager(nc);
const config = {
  durable_name: "payments",
  filter_subject: "orders.placed.>",
  ack_policy: "explicit",
  ack_wait: nanos(Number(process.env.ACK_WAIT_MS ?? 30_000)),
} as const;
await jsm.consumers.info("WORK", "payments").catch(() => jsm.consumers.add("WORK", config));

let count = 0;
let sum = 0;
const server = createServer((_request, response) => {
  response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  const name = "pipeline_process_seconds";
  response.end(`# TYPE ${name} histogram\n${name}_bucket{le="+Inf"} ${count}\n${name}_sum ${sum}\n${name}_count ${count}\n`);
});
server.listen(Number(process.env.METRICS_PORT ?? 9464), "127.0.0.1");

let going = true;
process.once("SIGTERM", () => (going = false));
process.once("SIGINT", () => (going = false));

const js = jetstream(nc);
const payments = await js.consumers.get("WORK", "payments");
while (going) {
  const batch: Promise<void>[] = [];
  for await (const message of await payments.fetch({ max_messages: 5, expires: 1_000 })) batch.push(timed(message));
  await Promise.all(batch);
}
server.close();
await nc.drain();

async function timed(message: JsMsg): Promise<void> {
  const begun = performance.now();
  await handle(message);
  count += 1;
  sum += (performance.now() - begun) / 1_000;
}

async function handle(message: JsMsg): Promise<void> {
  const [, trace = hex(16), , flags = "01"] = (message.headers?.get("traceparent") || undefined)?.split("-") ?? [];
  const correlation = message.headers?.get("Correlation-Id");
  const step = () => ({ traceparent: `00-${trace}-${hex(8)}-${flags}`, ...(correlation ? { "Correlation-Id": correlation } : {}) });
  const dead = await charge(message.json(), { headers: step() }).then(
    () => undefined,
    (error: unknown) => (error instanceof WorldError ? (error.status === 400 ? "refused" : "later") : "malformed"),
  );
  if (dead === "later") return;
  if (dead) {
    const letter = headers();
    for (const [name, value] of Object.entries({ ...step(), "Dead-Reason": dead })) letter.set(name, value);
    await js.publish(`dead.${message.subject}`, message.data, { headers: letter });
  }
  message.ack();
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
