import type { FlightEvent } from "#engine/record/events.ts";
import type { FlightRecord } from "#engine/record/flight.ts";
import { Thinner } from "#engine/record/thin.ts";
import type { Hub, Message } from "../hub.ts";

/** A page gets up to so many events a second one by one; above that, counts. */
export const PAGE_RATE = 600;
/** Events are sent together, so often in milliseconds. */
const BATCH_MS = 50;
/** A page that comes later is told so many events of the past. */
const PAST = 1_500;

/** What `flight` messages carry. With `reset` the page forgets what it had. */
export interface FlightNews {
  events: FlightEvent[];
  /** The record's clock now, in milliseconds. */
  now: number;
  reset?: true;
}

/**
 * Feeds the pages from the record of the house: it listens to what the tap has written down, and only while a page is
 * open. It makes no subscription and asks the server nothing.
 */
export class Feed {
  readonly #record: FlightRecord;
  readonly #hub: Hub;
  #stop: (() => void) | undefined;
  #pages = 0;

  constructor(record: FlightRecord, hub: Hub) {
    this.#record = record;
    this.#hub = hub;
  }

  /** A page comes: it gets the past, then shares the present with the others. Returns what ends it. */
  readonly source = (send: (message: Message) => void): (() => void) => {
    const past = this.#record.events.slice(-PAST).map(slim);
    const news: FlightNews = { events: past, now: this.#record.now(), reset: true };
    send({ type: "flight", data: news });
    if (++this.#pages === 1) this.#stop = this.#listen();
    return () => {
      if (--this.#pages === 0) this.#stop?.();
    };
  };

  #listen(): () => void {
    let batch: FlightEvent[] = [];
    const thinner = new Thinner((event) => void batch.push(slim(event)), PAGE_RATE);
    const end = this.#record.on((event) => thinner.add(event));
    const timer = setInterval(() => {
      const news: FlightNews = { events: batch, now: this.#record.now() };
      batch = [];
      if (news.events.length > 0) this.#hub.publish("flight", news);
    }, BATCH_MS);
    return () => {
      end();
      clearInterval(timer);
      thinner.close();
    };
  }
}

/** What pictures read of an event: without headers, except the id that removes duplicates. */
export function slim(event: FlightEvent): FlightEvent {
  const { headers, ...rest } = event;
  const id = headers?.["Nats-Msg-Id"];
  return { ...rest, ...(id ? { headers: { "Nats-Msg-Id": id } } : {}), ...(rest.payload && rest.payload.length > 120 ? { payload: `${rest.payload.slice(0, 119)}…` } : {}) };
}
