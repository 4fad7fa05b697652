import type { OrderEvent } from "#engine/lab/orders.ts";
import { caseOf, type Case } from "./check.cases.ts";

/** How many orders `versions` makes its cases of. */
export const VERSIONS = 13;

/**
 * Version 1 and 2, amounts that floating point spoils, an order whose subject does not say what its body says, and
 * values at the edges of the contract, which a reader refuses who asks for more.
 */
export function versions([a, b, c, d, e, f, g, ...edges]: OrderEvent[]): Case[] {
  const euros = (event: OrderEvent | undefined, amount: number) => caseOf({ ...event!, amountCents: Math.round(amount * 100) }, `version 1 of ${amount} euros`, "cents", { version: 1 });
  return [
    caseOf({ ...a!, amountCents: 2_000 }, "version 1 of 20 euros", "v1", { version: 1 }),
    caseOf({ ...b!, currency: "USD" }, `version 2 of ${b!.amountCents} cents in USD`, "v2"),
    ...[19.99, 4.35, 1.1, 0.07].map((amount, index) => euros([c, d, e, f][index], amount)),
    caseOf(g!, "an order whose subject says nothing of it", "subject", { subject: "orders.placed.import" }),
    caseOf({ ...edges[0]!, currency: "points" }, 'version 2 with the currency "points"', "narrow"),
    caseOf({ ...edges[1]!, region: "antarctica" }, "version 2 with the region antarctica", "narrow"),
    caseOf({ ...edges[2]!, customer: "table 7", sku: "poster A2" }, 'version 2 with the customer "table 7" and the sku "poster A2"', "narrow"),
    caseOf({ ...edges[3]!, amountCents: 0 }, "version 2 of 0 cents", "narrow"),
    caseOf({ ...edges[4]!, amountCents: 0 }, "version 1 of 0 euros", "narrow", { version: 1 }),
    caseOf({ ...edges[5]!, quantity: 100_000 }, "version 2 with the quantity 100000", "narrow"),
  ];
}

/** What tomorrow's sender may add: also a field that is called like one of the other version's. */
export function newFields([a, b, c, d, e]: OrderEvent[]): Case[] {
  const fields = { gift: true, note: "after six", address: { city: "Oslo", lines: ["a", "b"] }, tags: [], coupon: null };
  return [
    caseOf(a!, "version 1 with fields nobody knows", "extra", { version: 1, fields }),
    caseOf(b!, "version 2 with fields nobody knows", "extra", { fields }),
    caseOf(c!, "version 2 with headers nobody knows", "extra", { headers: { "ce-subject": "cart", "ce-priority": "9", "Correlation-Id": c!.id } }),
    caseOf({ ...d!, currency: "USD" }, 'version 2 with a further field "amount":0.5', "extra", { fields: { amount: 0.5 } }),
    beside(caseOf(e!, 'version 1 with the further fields "amountCents":50 and "currency":"USD"', "extra", { version: 1 }), { amountCents: 50, currency: "USD" }),
  ];
}

/** The same order with further fields in its body, whatever they are called. */
function beside(one: Case, fields: Record<string, unknown>): Case {
  return { ...one, payload: Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(one.payload).toString()) as object), ...fields })) };
}
