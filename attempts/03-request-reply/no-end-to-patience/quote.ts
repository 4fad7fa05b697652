import { connect, createInbox } from "@nats-io/transport-node";

const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const wish = JSON.stringify({ sku: process.argv[2], quantity: 1 });
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "quote" });

const inbox = createInbox();
const replies = nc.subscribe(inbox, { max: 1 });
nc.publish("prices.get", wish, { reply: inbox });
for await (const reply of replies) {
  if (reply.headers?.code === 503) process.exitCode = 2;
  else if (reply.headers?.get("Nats-Service-Error-Code")) process.exitCode = 4;
  else console.log(reply.json());
}
await nc.close();
