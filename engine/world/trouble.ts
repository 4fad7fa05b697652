import { setMaxListeners } from "node:events";
import { isOf } from "./ledger.ts";
import type { LedgerLine } from "./ledger.ts";
import type { Service } from "./services.ts";

/** Which calls a trouble meets. Absent means all. */
export interface TroubleOptions {
  service?: Service;
  order?: string;
  orders?: readonly string[];
  /** `worker` means every copy, `worker#2` that copy alone. */
  program?: string;
  life?: number;
  /** Lets so many matching calls pass first. */
  after?: number;
  /** Meets so many calls, then no more. */
  times?: number;
}

/** Something that is wrong with the world until it is undone. */
export interface Trouble {
  /** In words, as it stands in the flight record. */
  readonly name: string;
  /** How many calls it has met. */
  readonly hits: number;
  /** Ends it; calls that wait because of it go on. Twice does nothing more. */
  undo(): void;
}

/** The part that all troubles share: whom they meet, how often, until when. */
export class StandingTrouble implements Trouble {
  readonly name: string;
  readonly options: TroubleOptions;
  readonly #undone = new AbortController();
  #seen = 0;
  #hits = 0;

  constructor(what: string, options: TroubleOptions = {}) {
    this.name = `${what}${scopeOf(options)}`;
    this.options = options;
    // One listener for each call that waits: a hundred of them are no leak, and Node.js would say so.
    setMaxListeners(0, this.#undone.signal);
  }

  get hits(): number {
    return this.#hits;
  }

  /** Aborted when the trouble is over. */
  get undone(): AbortSignal {
    return this.#undone.signal;
  }

  /** Whether the trouble meets this call; counts it. */
  takes(line: LedgerLine): boolean {
    if (this.undone.aborted || !this.matches(line)) return false;
    this.#seen += 1;
    const { after = 0, times = Infinity } = this.options;
    if (this.#seen <= after || this.#hits >= times) return false;
    this.#hits += 1;
    return true;
  }

  /** Whether the call is one that the options name. */
  matches(line: LedgerLine): boolean {
    const { service, order, orders, program, life } = this.options;
    if (service && line.service !== service) return false;
    if (order !== undefined && line.orderId !== order) return false;
    if (orders && !orders.includes(line.orderId ?? "")) return false;
    return (!program || isOf(line, program)) && (life === undefined || line.life === life);
  }

  undo(): void {
    this.#undone.abort();
  }
}

function scopeOf({ service, order, orders, program, life, after, times }: TroubleOptions): string {
  const words = [
    service && `for ${service}`,
    order !== undefined && `of order ${order}`,
    orders && `of ${orders.length === 1 ? `order ${orders[0]}` : `${orders.length} orders`}`,
    program && `from ${program}${life === undefined ? "" : ` (life ${life})`}`,
    after && `after ${after}`,
    times !== undefined && `${times} ${times === 1 ? "time" : "times"}`,
  ].filter(Boolean);
  return words.length > 0 ? ` ${words.join(" ")}` : "";
}
