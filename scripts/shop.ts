// npm run shop: the finished pipeline of lesson 6 at work, with a trickle of orders, one line for each.
import pc from "picocolors";
import { Refusal } from "#engine/files/refusal.ts";
import { main, numberFlag, readFlags } from "./lib.ts";
import { trickle } from "./shop/customers.ts";
import { follow, type Way } from "./shop/ledger.ts";
import { findPlace } from "./shop/place.ts";
import { openServices, ROLES } from "./shop/services.ts";

const USAGE = "npm run shop -- [--rate 2] [--copies 3] [--port 4322]";

await main(USAGE, async () => {
  const { rate, copies, port } = readArguments();
  const closing = closeOnSignals();
  await using place = await findPlace(port);
  await using services = await openServices({ place, copies });
  console.log(`
  The shop is open, ${place.words}.
  ${copies === 1 ? "One copy" : `${copies} copies`} each of ${ROLES.join(", ")}, as lesson 6 has them.
  ${rate === 0 ? "Nobody orders by herself: send" : `${rate === 1 ? "An order" : `${rate} orders`} a second; send more with`} POST to ${services.addresses.join("\n  or ")}

  Ctrl-C closes it.
`);
  const ways = follow(services, (text) => console.log(`  ${text}`));
  const customers = trickle({ rate, services, place, ways });
  await Promise.race([closing, services.broken]);
  customers.stop();
  if (!closing.aborted) console.log(pc.red("\n  A program has no copy left."));
  console.log("\n  Closing: what is on its way is finished first.");
  await services.leave();
  console.log(`\n  Closed. ${inWords(ways.all())} Nothing is left running.`);
  if (!closing.aborted) throw new Refusal("The shop closed because one of its programs had ended. Its last lines stand above.", "npm run shop");
});

function readArguments(): { rate: number; copies: number; port: number | undefined } {
  const { values } = readFlags(USAGE, { options: { rate: { type: "string", default: "2" }, copies: { type: "string", default: "1" }, port: { type: "string" } } });
  return {
    rate: numberFlag(USAGE, "--rate", values.rate, { from: 0, to: 100 }),
    copies: numberFlag(USAGE, "--copies", values.copies, { from: 1, to: 9, whole: true }),
    port: values.port === undefined ? undefined : numberFlag(USAGE, "--port", values.port, { from: 1, to: 64_999, whole: true }),
  };
}

/** Settles at Ctrl-C; a second one ends the shop at once, and the reaper its programs. */
function closeOnSignals(): Promise<void> & { aborted: boolean } {
  let settle: () => void = () => {};
  const closing = Object.assign(new Promise<void>((resolve) => (settle = resolve)), { aborted: false });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (closing.aborted) process.exit(130);
      closing.aborted = true;
      settle();
    });
  }
  return closing;
}

function inWords(ways: readonly Way[]): string {
  const count = (step: string) => ways.filter((way) => way.steps.some(({ what }) => what === step)).length;
  return `${ways.length} orders: ${count("shipped")} shipped, ${count("declined")} declined.`;
}
