import type { House } from "#engine/house/house.ts";
import { STANDING, type Facts, type Input } from "#engine/pictures/picture.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { Thinner } from "#engine/record/thin.ts";
import type { Message } from "../hub.ts";
import { factsOf } from "./facts.ts";

/** A page gets up to so many events a second one by one; above that, counts. */
export const PAGE_RATE = 600;
/** Events are sent together, so often in milliseconds. */
const BATCH_MS = 50;
/** The server's figures are asked for so often, in milliseconds, while a page looks. */
const FACTS_MS = 500;
/** A page that comes later is told so many events of the past. */
const PAST = 1_500;

/** What `flight` messages carry. With `reset` the page forgets what it had. */
export interface FlightNews {
  events: Input[];
  /** The record's clock now, in milliseconds. */
  now: number;
  reset?: true;
}

/** What of a house is watched. */
type Watched = Pick<House, "record" | "server"> & Partial<Pick<House, "openedAt">>;

type Send = (message: Message) => void;

/**
 * Feeds the pages from the house: from what its tap has written down and what its server says of itself over HTTP, and
 * only while a page looks. It makes no subscription and no consumer, so looking changes nothing.
 */
export class Feed {
  readonly #house: Watched;
  readonly #pages = new Set<Send>();
  #facts: Facts | undefined;
  #stop: (() => void) | undefined;

  /** What is told began with the server that was opened then. */
  #from = 0;

  constructor(house: Watched) {
    this.#house = house;
  }

  /** A page comes: it gets the past, then shares the present with the others. Returns what ends it. */
  readonly source = (send: Send): (() => void) => {
    this.#hasMoved();
    send({ type: "flight", data: this.#past() });
    this.#pages.add(send);
    if (this.#pages.size === 1) this.#stop = this.#listen();
    return () => {
      this.#pages.delete(send);
      if (this.#pages.size === 0) this.#stop?.();
    };
  };

  #past(): FlightNews {
    const { record } = this.#house;
    const all = record.where(() => true, this.#from);
    const old = all.slice(0, -PAST).filter(({ kind }) => STANDING.has(kind)).slice(-300);
    const past = [...old, ...all.slice(-PAST)].map(slim);
    return { events: this.#facts ? [...past, this.#facts] : past, now: record.now(), reset: true };
  }

  /** Whether the house has opened another server since: then nothing of the former one's is shown. */
  #hasMoved(): boolean {
    const { openedAt = 0 } = this.#house;
    if (openedAt === this.#from) return false;
    [this.#from, this.#facts] = [openedAt, undefined];
    return true;
  }

  #listen(): () => void {
    const { record } = this.#house;
    let batch: Input[] = [];
    const thinner = new Thinner((event) => void batch.push(slim(event)), PAGE_RATE);
    const end = record.on((event) => thinner.add(event));
    const sending = setInterval(() => {
      const moved = this.#hasMoved();
      if (batch.length === 0 && !moved) return;
      const news: FlightNews = moved ? this.#past() : { events: batch, now: record.now() };
      batch = [];
      for (const send of this.#pages) send({ type: "flight", data: news });
    }, BATCH_MS);
    const asking = setInterval(() => void this.#ask((facts) => void batch.push(facts)), FACTS_MS);
    return () => {
      end();
      clearInterval(sending);
      clearInterval(asking);
      thinner.close();
    };
  }

  async #ask(tell: (facts: Facts) => void): Promise<void> {
    const { openedAt } = this.#house;
    const facts = await factsOf(this.#house.server, this.#house.record.now());
    if (!facts || openedAt !== this.#house.openedAt || JSON.stringify(facts.streams) === JSON.stringify(this.#facts?.streams)) return;
    this.#facts = facts;
    tell(facts);
  }
}

/** What pictures read of an event: without headers, except the id that removes duplicates. */
export function slim(event: FlightEvent): FlightEvent {
  const { headers, ...rest } = event;
  const id = headers?.["Nats-Msg-Id"];
  return { ...rest, ...(id ? { headers: { "Nats-Msg-Id": id } } : {}), ...(rest.payload && rest.payload.length > 120 ? { payload: `${rest.payload.slice(0, 119)}…` } : {}) };
}
