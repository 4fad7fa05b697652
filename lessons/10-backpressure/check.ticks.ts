import type { Lab } from "#engine/lab/lab.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import type { Hold } from "#engine/world/world.ts";
import { busy, charges } from "./check.witness.ts";

/** Every `EACH`-th charge takes `SLOW` ticks, the others one: as 150 ms and 30 ms. */
const EACH = 6;
const SLOW = 5;

/**
 * A provider whose clock the check turns: a charge ends only at a tick, and a tick comes only when all is still. So
 * the number of calls at the same time depends on the program alone, and on no machine's speed.
 * Answers that number at each tick until the last order was begun.
 */
export async function byTicks(lab: Lab, orders: OrderEvent[]): Promise<number[]> {
  const holds = holdEach(lab, orders).map((hold, index) => ({ hold, ticks: index % EACH === 0 ? SLOW : 1, since: -1 }));
  const open: number[] = [];
  for (let tick = 0; ; tick++) {
    await still(lab);
    if (charges(lab).length >= orders.length) break;
    await busy(lab);
    open.push(lab.world.inFlight("charge"));
    for (const one of holds.filter(({ hold }) => hold.waiting.length > 0)) {
      if (one.since < 0) one.since = tick;
      if (tick - one.since + 1 >= one.ticks) one.hold.release();
    }
  }
  for (const { hold } of holds) hold.release();
  return open;
}

/** Waits until everything is still that the check does not hold: long enough for a machine that has much else to do. */
export async function still(lab: Lab): Promise<void> {
  await lab.settled({ holding: true, within: 30_000 });
}

/** Keeps each charge by itself after its effect, so that the check can let one after the other go. */
export function holdEach(lab: Lab, orders: OrderEvent[]): Hold[] {
  return orders.map(({ orderId }) => lab.world.hold("before-answer", { service: "charge", order: orderId }));
}
