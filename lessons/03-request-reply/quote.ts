// Asks the price of one piece, once, and says with its exit code
// what came of it.
//
//   npx tsx lessons/03-request-reply/quote.ts mug

import { connect } from "@nats-io/transport-node";

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
    const reply = await nc.request("prices.get", wish, { timeout });
    // TODO 2: a refusal is a reply too, and here it passes for a
    // price. Look at its headers first: refused is exit code 4.
    console.log(`priced: ${reply.string()}`);
    return EXIT.priced;
  } catch (error) {
    // TODO 3: no price has two reasons, and both end as 1 here.
    // Nobody is there to answer: 2. Nobody answers in time: 3.
    console.error(`no price: ${(error as Error).message}`);
    return EXIT.failed;
  }
}
