import { diagnose } from "#engine/check/register.ts";
import type { ConsumerState, Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";

diagnose("setup-fails-second-time", (e) => e.facts.second === true && setupFailed(e));

diagnose("setup-fails", (e) => setupFailed(e));

diagnose("recreates-the-stream", (e) => Number(e.facts.lost) > 0);

diagnose("recreates-the-consumers", (e) => e.facts.anew === true);

diagnose("durable-per-worker", (e) => e.facts.consumers !== undefined && consumers(e).length > Number(e.facts.consumers) && workers(e).length > 0);

diagnose("overlapping-filters", (e) => e.facts.odd !== undefined && consumers(e).length > 1 && deliveredBySeveral(e));

diagnose("filters-match-nothing", (e) => e.sceneLedger.length === 0 && consumers(e).length > 0 && consumers(e).every(({ num_pending, delivered }) => num_pending === 0 && delivered.consumer_seq === 0) && workers(e).length > 0);

diagnose("global-order", (e) => e.facts.odd === undefined && Number(e.facts.four) < 2 * Number(e.facts.one) && consumers(e).length === 1 && consumers(e)[0]?.config.max_ack_pending === 1);

diagnose("keys-move", (e) => e.facts.moved !== undefined && e.facts.odd !== undefined);

diagnose("acks-early", (e) => e.facts.killed === undefined && consumers(e).every(({ config }) => config.max_ack_pending === 1) && e.scene.some((ack) => ack.kind === "ack" && openAt(e, ack)));

diagnose("several-out", (e) => e.facts.odd !== undefined && consumers(e).length > 1 && consumers(e).some(({ config }) => config.max_ack_pending !== 1));

diagnose("no-key-affinity", (e) => e.facts.odd === "overlap" || (e.facts.odd === "order" && consumers(e).length === 1 && consumers(e)[0]?.config.max_ack_pending !== 1));

diagnose("part-without-consumer", (e) => e.facts.unheard !== undefined);

diagnose("skips-the-failed", (e) => e.facts.failing !== undefined && failed(e).length > 0 && acked(e, e.facts.failing as string) && !told(e, e.facts.failing as string));

diagnose("stops-at-failure", (e) => failed(e).length > 0 && (Number(e.facts.left) > 0 || workers(e).some(({ exit }) => exit?.code === 1)));

diagnose("delivers-once", (e) => e.facts.killed !== undefined && consumers(e).some(({ config }) => config.max_deliver === 1));

diagnose("ack-wait-not-set", (e) => e.facts.killed !== undefined && Number(e.facts.left) > 0 && consumers(e).some(({ config }) => Number(config.ack_wait) > 2e9));

diagnose("lost-with-the-worker", (e) => e.facts.killed !== undefined && Number(e.facts.left) > 0);

diagnose("nobody-asks", (e) => Number(e.facts.left) > 0 && consumers(e).some(({ num_pending, num_waiting, num_ack_pending }) => num_pending > 0 && num_waiting === 0 && num_ack_pending === 0));

diagnose("one-part-has-all", (e) => e.facts.odd === undefined && consumers(e).length > 1 && consumers(e).filter(({ num_pending, delivered }) => num_pending + delivered.consumer_seq > 0).length === 1);

diagnose("hoards", (e) => Number(e.facts.idle) > 0 || (e.facts.odd === undefined && (e.facts.share !== undefined || e.facts.four !== undefined)));

/** Setup was run in this check, and did not end well. */
function setupFailed(e: Evidence): boolean {
  return e.facts.setup !== undefined && e.facts.setup !== 0;
}

function consumers(e: Evidence): readonly ConsumerState[] {
  return e.streams.find(({ name }) => name === "ORDERS")?.consumers ?? [];
}

function workers(e: Evidence) {
  return e.programs.filter(({ role }) => role === "worker");
}

/** Whether two consumers have delivered the same message of the stream. */
function deliveredBySeveral(e: Evidence): boolean {
  const by = new Map<number, string>();
  return e.scene.some(({ kind, stream, sequence, consumer = "" }) => {
    if (kind !== "deliver" || stream !== "ORDERS" || sequence === undefined) return false;
    const before = by.get(sequence);
    by.set(sequence, consumer);
    return before !== undefined && before !== consumer;
  });
}

/** Whether the event that an ack is about was not yet told, or being told, when the ack was on the wire. */
function openAt(e: Evidence, ack: FlightEvent): boolean {
  const its = e.sceneLedger.filter((call) => nameOf(call) === named(ack) && call.program === ack.program);
  return its.length > 0 && its.every((call) => call.t > ack.t || (call.ended ?? Infinity) > ack.t);
}

function failed(e: Evidence): LedgerLine[] {
  return e.sceneLedger.filter(({ status }) => status === 503);
}

function acked(e: Evidence, name: string): boolean {
  return e.scene.some((event) => (event.kind === "ack" || event.kind === "term") && named(event) === name);
}

function told(e: Evidence, name: string): boolean {
  return e.sceneLedger.some((call) => call.effect && nameOf(call) === name);
}

function nameOf(call: LedgerLine): string {
  return `${call.orderId} ${(call.body as { event?: string }).event}`;
}

/** `work.3.paid.eu.k3f9-1` and `orders.paid.eu.k3f9-1` are both `k3f9-1 paid`. */
function named({ subject = "" }: FlightEvent): string {
  const tokens = subject.split(".");
  return `${tokens.at(-1)} ${tokens.at(-3)}`;
}
