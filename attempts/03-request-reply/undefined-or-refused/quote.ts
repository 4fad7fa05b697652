// Asks the price of one piece, once, and says with its exit code
// what came of it.

import { connect, errors } from "@nats-io/transport-node";

// The exit codes of the contract. Who started this program decides
// by them what to do next; asking again is not our decision.
const EXIT = {
  priced: 0,
  failed: 1,
  nobodyAnswers: 2,
  tooSlow: 3,
  refused: 4,
};

const sku = process.argv[2] ?? "mug";
const timeout = Number(process.env.TIMEOUT_MS ?? 1000);

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "quote",
});
process.exitCode = await ask();
await nc.close();

async function ask(): Promise<number> {
  const wish = JSON.stringify({ sku, quantity: 1 });
  try {
    // The client makes an inbox, subscribes to it, and publishes
    // the request with the inbox as its reply subject. The first
    // message that arrives there is the reply.
    const reply = await nc.request("prices.get", wish, { timeout });
    const code = reply.headers?.get("Nats-Service-Error-Code");
    if (code !== undefined) return EXIT.refused;
    console.log(`priced: ${reply.string()}`);
    return EXIT.priced;
  } catch (error) {
    console.error(`no price: ${(error as Error).message}`);
    // The server knows who listens. When nobody does, it says so at
    // once: no reason to wait, and nobody has seen the request.
    const { cause } = error as Error;
    if (cause instanceof errors.NoRespondersError) {
      return EXIT.nobodyAnswers;
    }
    // Somebody has the request, and we stopped listening. Whether
    // the work was done, silence does not tell: so this program
    // does not ask again.
    if (error instanceof errors.TimeoutError) return EXIT.tooSlow;
    return EXIT.failed;
  }
}
