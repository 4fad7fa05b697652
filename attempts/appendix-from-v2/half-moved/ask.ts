// Asks for the receipt of an order, once, and says with its exit
// code what came of it.
//
//   npx tsx lessons/appendix-from-v2/ask.ts 1001

import { connect, ErrorCode, StringCodec } from "nats";
import type { NatsError } from "nats";

const EXIT = { found: 0, nobodyThere: 2, tooSlow: 3, unknown: 4 };

const orderId = process.argv[2] ?? "1001";
const timeout = Number(process.env.TIMEOUT_MS ?? 1000);
const text = StringCodec();

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "ask",
});
process.exitCode = await ask();
await nc.close();

async function ask(): Promise<number> {
  const question = text.encode(orderId);
  try {
    const reply = await nc.request("receipts.get", question, {
      timeout,
    });
    const code = reply.headers?.get("Nats-Service-Error-Code");
    if (code === "404") return EXIT.unknown;
    console.log(text.decode(reply.data));
    return EXIT.found;
  } catch (error) {
    const { code, message } = error as NatsError;
    console.error(message);
    if (code === ErrorCode.NoResponders) return EXIT.nobodyThere;
    if (code === ErrorCode.Timeout) return EXIT.tooSlow;
    throw error;
  }
}
