// The payments worker. It takes orders from the work queue `WORK`
// and charges the card. It can be watched: how long orders take is
// on /metrics, and each step carries the trace of its order.

import { createServer } from "node:http";
import { connect, headers, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamApiError, JsMsg } from "@nats-io/jetstream";
import { Histogram, Registry } from "prom-client";
import { charge, WorldError } from "#world";
import { journeyOf, nextStep } from "./tracing.ts";
import type { Journey } from "./tracing.ts";

interface Order {
  orderId: string;
  amountCents: number;
  currency: string;
}

// How long the server waits for an ack, in milliseconds.
const ackWaitMs = Number(process.env.ACK_WAIT_MS ?? 30_000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "worker",
});
const jsm = await jetstreamManager(nc);
try {
  await jsm.consumers.add("WORK", {
    durable_name: "payments",
    filter_subject: "orders.placed.>",
    ack_policy: "explicit",
    ack_wait: nanos(ackWaitMs),
  });
} catch (error) {
  // 10148: there is one, with other settings. It keeps them.
  if ((error as JetStreamApiError).code !== 10148) throw error;
}

// Seconds, because Prometheus has everything in base units.
const register = new Registry();
const seconds = new Histogram({
  name: "pipeline_process_seconds",
  help: "Time from taking an order to being done with it",
  registers: [register],
});
const http = createServer(async (_request, response) => {
  response.setHeader("Content-Type", register.contentType);
  response.end(await register.metrics());
});
const metricsPort = Number(process.env.METRICS_PORT ?? 9464);
http.listen(metricsPort, "127.0.0.1");

process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const js = jetstream(nc);
const payments = await js.consumers.get("WORK", "payments");
const messages = await payments.consume({ max_messages: 10 });
console.log(`http://127.0.0.1:${metricsPort}/metrics`);

for await (const message of messages) {
  await handle(message);
}

http.close();
await nc.drain();

async function handle(message: JsMsg): Promise<void> {
  const journey = journeyOf(message.headers);
  const end = seconds.startTimer();
  try {
    const order = message.json<Order>();
    await charge(order, { headers: nextStep(journey) });
    message.ack();
    end();
  } catch (error) {
    // A provider that is down gets the order again, later.
    const { status = 0 } = error as WorldError;
    if (error instanceof WorldError && status !== 400) return;
    const reason = status === 400 ? "refused" : "malformed";
    end();
    await park(message, reason, journey);
    message.ack();
  }
}

// Puts aside what will never work, as it came, with the reason. The
// story goes on there: whoever finds the dead letter finds the order.
async function park(
  message: JsMsg,
  reason: string,
  journey: Journey,
): Promise<void> {
  const kept = headers();
  for (const name of message.headers?.keys() ?? []) {
    if (name.startsWith("Nats-")) continue;
    kept.set(name, message.headers!.get(name));
  }
  // A step of its own, in the same trace.
  for (const [name, value] of Object.entries(nextStep(journey))) {
    kept.set(name, value);
  }
  kept.set("Dead-Reason", reason);
  const subject = `dead.${message.subject}`;
  await js.publish(subject, message.data, { headers: kept });
}

function stop(): void {
  messages.stop();
}
