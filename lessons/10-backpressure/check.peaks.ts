import type { FlightEvent } from "#engine/record/events.ts";

/** The most orders that the worker had in hand at the same time: given to it, and neither acked nor given back. */
export function inHand(events: readonly FlightEvent[]): number {
  return peakOf(events, ({ kind, stream, subject }) => {
    if (stream !== "WORK") return {};
    return { ...(kind === "deliver" && { begins: subject }), ...(SETTLES.has(kind) && { ends: subject }) };
  });
}

/** The most orders that the producer had on their way at the same time: published, and without a word of the server's. */
export function onTheWay(events: readonly FlightEvent[]): number {
  return peakOf(events, ({ kind, subject, reply }) => {
    if (kind === "publish" && isOrder(subject)) return { begins: reply };
    return kind === "puback" || kind === "status" ? { ends: reply } : {};
  });
}

/** Whether a subject is that of an order, and not of the JetStream API. */
export function isOrder(subject: string | undefined): boolean {
  return subject?.startsWith("orders.") === true;
}

const SETTLES = new Set<FlightEvent["kind"]>(["ack", "nak", "term"]);

function peakOf(events: readonly FlightEvent[], read: (event: FlightEvent) => { begins?: string | undefined; ends?: string | undefined }): number {
  const open = new Set<string>();
  let peak = 0;
  for (const event of events) {
    const { begins, ends } = read(event);
    if (begins !== undefined) open.add(begins);
    if (ends !== undefined) open.delete(ends);
    peak = Math.max(peak, open.size);
  }
  return peak;
}
