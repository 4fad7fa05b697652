import { headers, nanos } from "@nats-io/transport-node";
import { AckPolicy, jetstream, type ConsumerInfo } from "@nats-io/jetstream";
import type { Lab } from "#engine/lab/lab.ts";
import { expect } from "#engine/lab/words.ts";
import { makePast } from "./check.data.ts";

/** Consumers that go by themselves within this time are no trace (curriculum: 10 s after the exit). */
const SHORT_LIFE_MS = 10_000;

/** A moment after the last event and before the next, with room on either side. */
export async function aMomentLater(lab: Lab): Promise<string> {
  const { state } = await (await lab.jsm()).streams.info("ORDERS");
  const last = Date.parse(state.last_ts);
  await lab.until(() => Date.now() > last + 120, { evenIfQuiet: true, expected: "time to pass", seen: () => "the clock stands still" });
  return new Date(last + 60).toISOString();
}

/** One more event, with headers of the shop's and one of the server's. */
export async function keepWithHeaders(lab: Lab): Promise<void> {
  const [past] = makePast(lab.random, 1);
  const sent = headers();
  sent.set("Correlation-Id", "one journey");
  await jetstream(await lab.nats).publish(past!.subject, `${JSON.stringify(past!.event)} `, { headers: sent, msgID: past!.event.id });
}

/** A payment whose body is no JSON, and one after it: whoever parses it stops in the middle of the reading. */
export async function keepTorn(lab: Lab): Promise<void> {
  const js = jetstream(await lab.nats);
  await js.publish("orders.paid.eu.torn", '{"id":"torn-paid","orderId":"to');
  await js.publish("orders.paid.eu.whole", JSON.stringify(makePast(lab.random, 1)[0]!.event));
}

/** The live worker's consumer: ten orders handed out, five of them acked. Answers where it stands. */
export async function aWorkerInTheMiddle(lab: Lab): Promise<string> {
  const { consumers } = await lab.jsm();
  await consumers.add("ORDERS", { durable_name: "payments", filter_subject: "orders.placed.>", ack_policy: AckPolicy.Explicit, ack_wait: nanos(60_000) });
  const payments = await jetstream(await lab.nats).consumers.get("ORDERS", "payments");
  let taken = 0;
  for await (const message of await payments.fetch({ max_messages: 10, expires: 2_000 })) if (taken++ < 5) await message.ackAck();
  return placeOf(lab);
}

export async function placeOf(lab: Lab): Promise<string> {
  const { delivered, ack_floor, num_ack_pending, num_pending } = await (await lab.jsm()).consumers.info("ORDERS", "payments");
  return `delivered up to ${delivered.stream_seq}, acked up to ${ack_floor.stream_seq}, ${num_ack_pending} in hand, ${num_pending} to come`;
}

/** Consumers that stay longer than ten seconds are left behind. */
export async function nothingStays(lab: Lab): Promise<void> {
  // Without a threshold, or with 0, the server never removes it.
  const staying = (await others(lab)).find(({ config }) => (config.inactive_threshold || Infinity) > nanos(SHORT_LIFE_MS));
  if (staying) lab.note("left", staying.name);
  if (staying) lab.note("goes by itself", (staying.config.inactive_threshold ?? 0) > 0);
  expect(!staying, () => ({ expected: "no consumer but payments once the programs have ended", seen: `the server still has ${staying?.name}` }));
}

/** The same; shorter-lived ones are waited for. */
export async function nothingIsLeft(lab: Lab): Promise<void> {
  await nothingStays(lab);
  await lab.until(async () => (await others(lab)).length === 0, { within: SHORT_LIFE_MS, evenIfQuiet: true, expected: "no consumer but payments 10 s after the programs have ended", seen: () => "one is still there" });
}

async function others(lab: Lab): Promise<ConsumerInfo[]> {
  const { consumers } = await lab.jsm();
  return (await consumers.list("ORDERS").next()).filter(({ name }) => name !== "payments");
}
