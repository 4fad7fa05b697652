import pc from "picocolors";
import { makeOrders, randomFrom } from "#engine/lab/orders.ts";
import type { Ways } from "./ledger.ts";
import type { Place } from "./place.ts";
import type { Services } from "./services.ts";

/** In a house of the shop's own, every so many cards are declined. */
const DECLINED = 8;

/** Has customers order, so many a second, at one copy of orders-api after the other, until `stop()`. */
export function trickle({ rate, services, place, ways }: { rate: number; services: Services; place: Place; ways: Ways }): { stop(): void } {
  const random = randomFrom(String(Date.now()));
  let count = 0;
  const next = async () => {
    const address = services.addresses[count++ % services.addresses.length]!;
    const bad = count % DECLINED === 0;
    const [{ id: _id, orderId: _orderId, at: _at, ...wish }] = makeOrders(random, 1) as [ReturnType<typeof makeOrders>[number]];
    try {
      const orderId = await order(address, wish);
      ways.of(orderId).what = `${wish.quantity} × ${wish.sku}`;
      if (bad) place.own?.world.fail(402, { service: "charge", order: orderId, times: 1 });
    } catch (error) {
      console.log(pc.red(`  no order at ${address}: ${(error as Error).message}`));
    }
  };
  const timer = rate > 0 ? setInterval(() => void next(), 1_000 / rate) : undefined;
  return { stop: () => clearInterval(timer) };
}

async function order(address: string, wish: object): Promise<string> {
  const response = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) });
  const answer = (await response.json()) as { orderId?: string; error?: string };
  if (response.status !== 201 || !answer.orderId) throw new Error(answer.error ?? `status ${response.status}`);
  return answer.orderId;
}
