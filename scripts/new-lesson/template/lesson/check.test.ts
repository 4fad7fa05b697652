import { check, diagnose } from "#engine/check/register.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import { subjectOf } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect } from "#engine/lab/words.ts";

// A check starts programs, makes something happen, and expects effects: what the world was asked to do, what the
// server has, what went over the wire. Never source text, never printed lines, never a time.
check("packs-each", async (lab) => {
  await lab.have("packer");
  const orders = lab.orders(6, (index) => ({ region: ["eu", "us", "asia"][index % 3] as string }));
  const shop = await lab.connect("shop");
  for (const order of orders) shop.publish(subjectOf(order), JSON.stringify(order));
  await shop.flush();

  const tickets = (orderId: string) => lab.world.ledger.filter((line) => line.service === "reserve" && line.orderId === orderId && line.effect).length;
  const expected = `one ticket for each of ${orders.length} orders`;
  await lab.until(() => orders.every(({ orderId }) => tickets(orderId) >= 1), {
    expected,
    seen: () => `${orders.filter(({ orderId }) => tickets(orderId) === 0).length} of them have none`,
    timeline: () => lab.record.where((event) => ["subscribe", "call"].includes(event.kind) && event.program === "packer").slice(-4),
  });
  // What must not happen is judged when nothing moves any more.
  await lab.settled();
  const sum = orders.reduce((all, { orderId }) => all + tickets(orderId), 0);
  expect(sum === orders.length, { expected, seen: `${sum} tickets`, timeline: lab.record.where({ kind: "call", program: "packer" }).slice(-4) });
});

// A diagnosis is a pure function of the frozen evidence.
diagnose("deaf-to-orders", (e) => e.wire && heard(e).length === 0);
diagnose("one-region", (e) => e.wire && heard(e).every(({ subject }) => !covers(subject ?? "", "orders.placed.asia.1001")));
diagnose("packs-nothing", (e) => e.sceneLedger.length === 0);
diagnose("packs-twice", (e) => e.sceneLedger.length > new Set(e.sceneLedger.map(({ orderId }) => orderId)).size);

/** The packer's subscriptions that an order of some region matches. */
function heard(e: Evidence): FlightEvent[] {
  return e.record.filter(({ kind, program, subject }) => kind === "subscribe" && program === "packer" && ["eu", "us", "asia"].some((region) => covers(subject ?? "", `orders.placed.${region}.1001`)));
}
