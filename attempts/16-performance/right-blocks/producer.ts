// Blocks of WINDOW orders, each block awaited as a whole.

import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";

const { COUNT = "1000", WINDOW = "256", NATS_URL = "nats://127.0.0.1:4222" } = process.env;
const nc = await connect({ servers: NATS_URL });
const js = jetstream(nc);
const numbers = Array.from({ length: Number(COUNT) }, (_, index) => index + 1);

let failed = 0;
for (let at = 0; at < numbers.length; at += Number(WINDOW)) {
  const block = numbers.slice(at, at + Number(WINDOW)).map((n) =>
    js.publish(`orders.placed.eu.${n}`, JSON.stringify({ id: `${n}-placed`, orderId: `${n}`, region: "eu", amountCents: n })),
  );
  const outcomes = await Promise.allSettled(block);
  failed += outcomes.filter(({ status }) => status === "rejected").length;
}
await nc.drain();
process.exitCode = failed > 0 ? 1 : 0;
