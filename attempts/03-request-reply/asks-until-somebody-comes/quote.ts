import { connect, errors } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

for (;;) {
  try {
    const reply = await nc.request("prices.get", wish, { timeout });
    process.exitCode = reply.headers?.get("Nats-Service-Error-Code") ? 4 : 0;
    break;
  } catch (error) {
    process.exitCode = error instanceof errors.TimeoutError ? 3 : 2;
    if (error instanceof errors.TimeoutError) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
await nc.close();
