// Asks for the receipt of an order, once, and says with its exit
// code what came of it.

import { connect, errors } from "@nats-io/transport-node";

const EXIT = { found: 0, nobodyThere: 2, tooSlow: 3, unknown: 4 };

const orderId = process.argv[2] ?? "1001";
const timeout = Number(process.env.TIMEOUT_MS ?? 1000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "ask",
});
process.exitCode = await ask();
await nc.close();

async function ask(): Promise<number> {
  try {
    const reply = await nc.request("receipts.get", orderId, {
      timeout,
    });
    const code = reply.headers?.get("Nats-Service-Error-Code");
    if (code === "404") return EXIT.unknown;
    console.log(reply.string());
    return EXIT.found;
  } catch (error) {
    console.error((error as Error).message);
    // Errors are classes now. "Nobody there" is the cause of the
    // error that `request` throws, and not that error itself.
    const { cause } = error as Error;
    if (cause instanceof errors.NoRespondersError) {
      return EXIT.nobodyThere;
    }
    if (error instanceof errors.TimeoutError) return EXIT.tooSlow;
    throw error;
  }
}
