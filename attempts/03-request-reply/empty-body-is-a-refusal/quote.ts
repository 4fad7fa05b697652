import { connect, errors } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

try {
  const reply = await nc.request("prices.get", wish, { timeout });
  if (reply.string() === "") process.exitCode = 4;
  else console.log(`priced: ${reply.string()}`);
} catch (error) {
  if (error instanceof errors.TimeoutError) process.exitCode = 3;
  else process.exitCode = (error as Error).cause instanceof errors.NoRespondersError ? 2 : 1;
}
await nc.close();
