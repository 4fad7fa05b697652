// npm run orders: plays the shop. Places orders on the server of the open house, as lessons by hand need them.
import { argv } from "zx";
import { placeOrders } from "#engine/actions/orders.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { openHouseFile } from "#engine/house/lock.ts";
import { main } from "./lib.ts";

await main("npm run orders -- [--count 12] [--events placed,paid]", async () => {
  const count = Number(argv.count ?? 12);
  if (!Number.isInteger(count) || count < 1) throw new Refusal(`Cannot place orders as --count has to be a whole number from 1: it is ${argv.count}`, "npm run orders -- --count 12");
  const events = String(argv.events ?? "placed").split(",");
  const odd = events.find((event) => !/^[a-z]+$/.test(event));
  if (odd !== undefined) throw new Refusal(`Cannot place orders as --events has to be lower-case words with commas between them: "${odd}" is none`, "npm run orders -- --events placed,paid,packed,shipped");
  const house = openHouseFile();
  const servers = process.env.NATS_URL ?? (house ? `nats://127.0.0.1:${house.ports.clients}` : "nats://127.0.0.1:4222");
  try {
    for (const subject of await placeOrders({ servers, count, events })) console.log(`  ${subject}`);
  } catch (cause) {
    throw new Refusal(`Cannot place orders on ${servers}: ${(cause as Error).message}`, "npm start", { cause });
  }
});
