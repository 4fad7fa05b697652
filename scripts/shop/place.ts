import { openHouse, type House } from "#engine/house/house.ts";
import { openHouseFile } from "#engine/house/lock.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import type { Identity } from "#engine/record/events.ts";
import { pathOf } from "#engine/world/route.ts";

/** Where the shop's programs connect to. */
export interface Place extends AsyncDisposable {
  /** In words that follow "Open, ". */
  words: string;
  natsUrl: string;
  /** The `WORLD_URL` of one program: the world's ledger calls it by its name. */
  worldUrl(as: Identity): string;
  /** The server's monitoring, `http://127.0.0.1:8222`; absent where only `NATS_URL` is known. */
  monitor?: string;
  /** The house, where the shop has opened it itself: then its world can be told to decline. */
  own?: House;
}

/**
 * The place that `NATS_URL` and `WORLD_URL` name; else the house that is open; else a house of the shop's own, whose
 * services take a moment as real ones do. Throws a `Refusal` when that cannot be opened.
 */
export async function findPlace(port?: number): Promise<Place> {
  const { NATS_URL, WORLD_URL } = process.env;
  const house = openHouseFile();
  if (NATS_URL) return at({ words: `on ${NATS_URL}`, natsUrl: NATS_URL, world: WORLD_URL ?? "http://127.0.0.1:4280/world" });
  if (house && port === undefined) {
    const { clients, monitor, page } = house.ports;
    return at({ words: `in the house that process ${house.pid} has opened`, natsUrl: `nats://127.0.0.1:${clients}`, world: `http://127.0.0.1:${page}/world`, monitor: `http://127.0.0.1:${monitor}` });
  }
  return ownHouse(port);
}

async function ownHouse(port: number | undefined): Promise<Place> {
  const own = await openHouse({ lesson: await findLesson("6"), command: "run shop", ...(port === undefined ? {} : { port }) });
  own.world.delay(() => 100 + Math.random() * 300, { service: "charge" });
  own.world.delay(() => 50 + Math.random() * 100, { service: "reserve" });
  own.world.delay(() => 50 + Math.random() * 100, { service: "ship" });
  const place = at({ words: `in a house of its own, on ${own.natsUrl}`, natsUrl: own.natsUrl, world: own.worldUrl, monitor: own.server.monitor });
  return { ...place, own, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() };
}

function at({ world, ...place }: { words: string; natsUrl: string; world: string; monitor?: string }): Place {
  const root = world.replace(/\/world$/, "");
  // A world that is not ours has no names in its path.
  const worldUrl = (as: Identity) => (root === world ? world : `${root}${pathOf(as)}`);
  return { ...place, worldUrl, [Symbol.asyncDispose]: async () => {} };
}
