// Nobody has to listen for advisories: who gets an order for the
// fourth time knows that three have died of it.
import { connect, headers, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { charge } from "#world";

const { NATS_URL, ACK_WAIT_MS = 30_000, RETRY_MS = 200, MAX_DELIVER = 5 } = process.env;
const nc = await connect({ servers: NATS_URL });
const js = jetstream(nc);
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("WORK", {
  durable_name: "payments",
  ack_policy: "explicit",
  ack_wait: nanos(Number(ACK_WAIT_MS)),
  max_ack_pending: 4,
});

const payments = await js.consumers.get("WORK", "payments");
const messages = await payments.consume({ callback: (message) => take(message).catch(console.error) });
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void messages.close().then(() => nc.drain()));

async function take(message) {
  const tries = message.info.deliveryCount;
  if (tries > MAX_DELIVER) return park(message, "crashed", tries - 1);
  try {
    const order = JSON.parse(message.string());
    await charge(order, { idempotencyKey: order.id });
    message.ack();
  } catch (error) {
    if (error.name === "SyntaxError") return park(message, "malformed", tries);
    if (error.status === 400) return park(message, "refused", tries);
    if (tries >= MAX_DELIVER) return park(message, "exhausted", tries);
    message.nak(RETRY_MS * 2 ** (tries - 1));
  }
}

async function park(message, reason, tries) {
  const own = headers();
  for (const name of message.headers?.keys() ?? []) {
    if (!name.startsWith("Nats-")) own.set(name, message.headers.get(name));
  }
  own.set("Dead-Reason", reason);
  own.set("Dead-Attempts", `${tries}`);
  own.set("Dead-Origin", `WORK/${message.seq}`);
  await js.publish(`dead.${message.subject}`, message.data, { headers: own });
  await message.ackAck();
}
