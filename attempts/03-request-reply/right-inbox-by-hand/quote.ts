import { connect, createInbox, TimeoutError } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

const inbox = createInbox();
const code = await new Promise<number>((done) => {
  nc.subscribe(inbox, {
    max: 1,
    timeout,
    callback: (error, reply) => {
      if (error) return done(error instanceof TimeoutError ? 3 : 1);
      if (reply.headers?.code === 503) return done(2);
      done(reply.headers?.has("Nats-Service-Error-Code") ? 4 : 0);
    },
  });
  nc.publish("prices.get", wish, { reply: inbox });
});
await nc.drain();
process.exit(code);
