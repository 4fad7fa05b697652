import type { Context } from "hono";
import { streamSSE } from "hono/streaming";

/** One message to the pages: the type is the name of the browser's event, data becomes JSON. */
export interface Message {
  type: string;
  data: unknown;
}

type Listener = (message: Message) => void;

/** Something that sends to one page; returns what ends it. */
export type Source = (send: Listener) => () => void;

/** How many messages may wait for a page that reads slowly; what is more is left out, and the page asks anew. */
const WAITING = 400;
/** A comment so often, in milliseconds, keeps a silent stream open. */
const BREATH_MS = 15_000;

/** Sends what happens to all open pages. */
export class Hub {
  readonly #listeners = new Set<Listener>();

  /** To everybody who listens now. */
  publish(type: string, data: unknown): void {
    for (const listener of this.#listeners) listener({ type, data });
  }

  /** Whether any page is open. */
  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Calls `listener` for each message; returns what ends it. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/**
 * Answers a request with server-sent events: first `hello`, then whatever `sources` send until the page leaves. Each
 * source is given a way to send and returns what ends it. A page that was cut off reconnects, and is told everything
 * that is true now by the same sources: nothing depends on what it has missed.
 */
export function events(c: Context, sources: readonly Source[]): Response {
  return streamSSE(c, async (stream) => {
    const waiting: Message[] = [];
    let wake = () => {};
    let missed = false;
    const send = (message: Message) => {
      if (waiting.length < WAITING) waiting.push(message);
      else missed = true;
      wake();
    };
    const ends = sources.map((source) => source(send));
    let open = true;
    stream.onAbort(() => {
      open = false;
      wake();
    });
    const breath = setInterval(() => void stream.write(": still here\n\n"), BREATH_MS);
    while (open) {
      const message = waiting.shift();
      if (message) await stream.writeSSE({ event: message.type, data: JSON.stringify(message.data) });
      else if (missed) {
        missed = false;
        await stream.writeSSE({ event: "missed", data: "{}" });
      } else await new Promise<void>((resolve) => { wake = resolve; });
    }
    clearInterval(breath);
    for (const end of ends) end();
  });
}
