import { connect, createInbox } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

const inbox = createInbox();
nc.publish("prices.get", wish, { reply: inbox });
const timer = setTimeout(() => end(3), timeout);
nc.subscribe(inbox, {
  max: 1,
  callback: (_error, reply) => {
    if (reply.headers?.code === 503) end(2);
    else end(reply.headers?.get("Nats-Service-Error-Code") ? 4 : 0);
  },
});

function end(code: number): void {
  clearTimeout(timer);
  process.exitCode = code;
  void nc.close();
}
