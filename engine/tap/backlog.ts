/** Reads bytes that have been passed on. */
export interface Reader {
  /** `t`: record time (ms) at which the bytes passed. */
  read(bytes: Buffer, t: number): void;
}

/** So much is read between two looks at the sockets: some 100 messages, a fraction of a millisecond. */
const SLICE_BYTES = 16 * 1024;

/** With so much unread, reading goes first: memory stays bounded, and senders feel it. */
const BACKLOG_BYTES = 1024 * 1024;

/**
 * What has been passed on and not been read. All connections of a tap share one, in the order in which the bytes
 * passed: so a PUB is always read before its PubAck, and a delivery after the PUB it comes from. Reading waits until
 * every socket that has something to say was served; that keeps a round trip through the tap short.
 */
export class Backlog {
  readonly #now: () => number;
  #items: { reader: Reader; bytes: Buffer; t: number }[] = [];
  #next = 0;
  #bytes = 0;
  #scheduled = false;
  #reading = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes bytes that have just been passed on. */
  add(reader: Reader, bytes: Buffer): void {
    this.#items.push({ reader, bytes, t: this.#now() });
    this.#bytes += bytes.length;
    if (this.#bytes > BACKLOG_BYTES) this.flush();
    else this.#schedule();
  }

  /** Reads everything now. Called by somebody who is being read to, it does nothing: they are next anyway. */
  readonly flush = (): void => {
    if (this.#reading) return;
    while (this.#next < this.#items.length) this.#slice();
  };

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    const end = this.#bytes - SLICE_BYTES;
    while (this.#next < this.#items.length && this.#bytes > end) this.#slice();
    if (this.#next < this.#items.length) this.#schedule();
  };

  #slice(): void {
    const item = this.#items[this.#next]!;
    const bytes = item.bytes.subarray(0, SLICE_BYTES);
    item.bytes = item.bytes.subarray(bytes.length);
    this.#bytes -= bytes.length;
    if (item.bytes.length === 0) this.#forget();
    this.#reading = true;
    try {
      item.reader.read(bytes, item.t);
    } finally {
      this.#reading = false;
    }
  }

  #forget(): void {
    if (++this.#next < this.#items.length) return;
    this.#items = [];
    this.#next = 0;
  }
}
