import { connect } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

try {
  const reply = await nc.request("prices.get", wish, { timeout });
  if (reply.headers?.get("Nats-Service-Error-Code")) process.exitCode = 4;
  else console.log(reply.json());
} catch {
  process.exitCode = 3;
}
await nc.close();
