import { connect, RequestError, TimeoutError } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

const code = await nc.request("prices.get", wish, { timeout, noMux: true }).then(
  (reply) => (reply.headers?.get("Nats-Service-Error-Code") ? 4 : 0),
  (error: unknown) => (error instanceof TimeoutError ? 3 : error instanceof RequestError && error.isNoResponders() ? 2 : 1),
);
await nc.close();
process.exit(code);
