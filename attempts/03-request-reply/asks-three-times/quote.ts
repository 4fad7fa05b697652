import { connect, errors } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

for (let attempt = 1; attempt <= 3; attempt++) {
  try {
    const reply = await nc.request("prices.get", wish, { timeout: timeout / 3 });
    process.exitCode = reply.headers?.get("Nats-Service-Error-Code") ? 4 : 0;
    break;
  } catch (error) {
    process.exitCode = error instanceof errors.TimeoutError ? 3 : 2;
    if (process.exitCode === 2) break;
  }
}
await nc.close();
