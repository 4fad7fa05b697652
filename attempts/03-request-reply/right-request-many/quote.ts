import { connect, NoRespondersError } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

process.exitCode = await ask();
await nc.drain();

async function ask(): Promise<number> {
  try {
    const replies = await nc.requestMany("prices.get", wish, { maxWait: timeout, maxMessages: 1, strategy: "count" });
    for await (const reply of replies) return reply.headers?.get("Nats-Service-Error-Code") ? 4 : 0;
    return 3;
  } catch (error) {
    return error instanceof NoRespondersError || (error as Error).cause instanceof NoRespondersError ? 2 : 1;
  }
}
