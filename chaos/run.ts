import { setTimeout as sleep } from "node:timers/promises";
import { makeOrders, randomFrom } from "#engine/lab/orders.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { Order } from "../pipeline/order.ts";
import { publishAll, type Published } from "../pipeline/publish.ts";
import { balanceOf, type Balance } from "./balance.ts";
import { inject } from "./faults.ts";
import { openPlace, type Place } from "./place.ts";
import { planOf, type Kind, type PlannedFault } from "./plan.ts";

/** How a run is made. */
export interface ChaosOptions {
  seed: string;
  /** How long orders and faults come, in milliseconds; what is left then takes its time. */
  ms: number;
  /** Orders a second. Default 20. */
  rate?: number;
  /** Default 3. */
  workers?: number;
  /** A folder with a `worker.ts` of one's own, absolute. Default: the reference pipeline's. */
  from?: string;
  /** Told of each fault when it is over, with the time it began (milliseconds of the run). */
  onFault?: (line: string, at: number) => void;
  /** Ends orders and faults early; the balance is made all the same. */
  signal?: AbortSignal;
}

/** What came of a run. The lab is closed when `inspect` has returned. */
export interface Outcome {
  plan: PlannedFault[];
  /** Faults that met something, by kind. */
  faults: Partial<Record<Kind, number>>;
  published: Published;
  /** Workers that had ended by themselves and were started again. */
  fallen: number;
  balance: Balance;
}

/** Every so many orders the card is declined: those belong among the dead letters. */
const DECLINED = 15;
/** How long the rest may take once nothing is broken any more, in milliseconds. */
const REST_MS = 120_000;

/**
 * Runs the reference pipeline on a cluster of three while things go wrong by plan, mends everything, waits until the work
 * queue is empty, and makes the balance. `inspect` may look at the lab before it closes.
 * Throws when the queue is not empty within two minutes after everything is mended.
 */
export async function chaos(options: ChaosOptions, inspect: (lab: Lab, outcome: Outcome) => void = () => {}): Promise<Outcome> {
  const { seed, ms, rate = 20, workers = 3 } = options;
  const plan = planOf(seed, { ms, workers, servers: 3 });
  await using place = await openPlace({ seed, workers, ...(options.from ? { from: options.from } : {}) });
  const { lab } = place;
  const orders: Order[] = makeOrders(randomFrom(`orders ${seed}`), Math.ceil((rate * ms) / 1_000));
  lab.world.decline(orders.filter((_order, index) => index % DECLINED === DECLINED - 1).map(({ orderId }) => orderId));
  const accepted = new Set<Order>();
  const over = endOf(ms, options.signal);
  const publishing = publishAll(place.shop, atRate(orders, rate, over), { window: 64, timeoutMs: 1_000, onStored: (order) => void accepted.add(order) });
  const faults = await injectAll(place, plan, { ...options, over });

  await lab.cluster?.whole();
  const published = await publishing;
  await untilEmpty(lab);
  await place.leave();
  const outcome: Outcome = { plan, faults, published, fallen: place.fallen, balance: await balanceOf(lab, accepted) };
  inspect(lab, outcome);
  return outcome;
}

/**
 * Aborts after `ms`, or with `early`. Not AbortSignal.any() of a timeout(): Node 20 may collect those as garbage while
 * somebody waits for them (nodejs/node#57736).
 */
function endOf(ms: number, early?: AbortSignal): AbortSignal {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  over.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  early?.addEventListener("abort", () => over.abort(), { once: true });
  return over.signal;
}

/** Every fault at its time; resolves when all are over. */
async function injectAll(place: Place, plan: readonly PlannedFault[], { onFault, over }: ChaosOptions & { over: AbortSignal }): Promise<Outcome["faults"]> {
  const begun = performance.now();
  const counts: Outcome["faults"] = {};
  const running: Promise<void>[] = [];
  for (const fault of plan) {
    await sleep(Math.max(0, fault.at - (performance.now() - begun)), undefined, { signal: over }).catch(() => {});
    if (over.aborted) break;
    const at = performance.now() - begun;
    running.push(inject(place, fault).then((line) => {
      if (line === undefined) return;
      counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
      onFault?.(line, at);
    }));
  }
  await Promise.all(running);
  if (!over.aborted) await new Promise((resolve) => over.addEventListener("abort", resolve, { once: true }));
  return counts;
}

/** Orders one after the other, so many a second, until it is over. */
async function* atRate(orders: readonly Order[], rate: number, over: AbortSignal): AsyncGenerator<Order> {
  const begun = performance.now();
  for (const [index, order] of orders.entries()) {
    await sleep(Math.max(0, (index * 1_000) / rate - (performance.now() - begun)), undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    yield order;
  }
}

async function untilEmpty(lab: Lab): Promise<void> {
  let left: number | undefined;
  await lab.until(async () => {
    const work = (await lab.streams()).find(({ name }) => name === "WORK");
    left = work?.leader === undefined ? undefined : work.state.messages;
    return left === 0;
  }, { evenIfQuiet: true, within: REST_MS, expected: "an empty WORK once everything is mended", seen: () => (left === undefined ? "nobody leads it" : `${left} orders are in it`) });
}
