/** A subscription as its connection made it. */
export interface Subscription {
  subject: string;
  queue: string;
  /** Messages so far, and after how many it ends. */
  got: number;
  most: number;
}

/** The subscriptions of one connection, by sid. */
export class Subscriptions {
  readonly #all = new Map<string, Subscription>();

  /** SUB. */
  add(sid: string, subject: string, queue: string): void {
    this.#all.set(sid, { subject, queue, got: 0, most: Infinity });
  }

  /** UNSUB; with a number it ends after so many messages, those before included. */
  end(sid: string, most: number): Subscription | undefined {
    const sub = this.#all.get(sid);
    if (sub) sub.most = most;
    if (sub && sub.got >= most) this.#all.delete(sid);
    return sub;
  }

  /** A message came for it. */
  hear(sid: string): Subscription | undefined {
    const sub = this.#all.get(sid);
    if (sub && ++sub.got >= sub.most) this.#all.delete(sid);
    return sub;
  }
}
