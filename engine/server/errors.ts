/**
 * An expected failure of the server room. The text says the action, the required and the current state;
 * `next` is what to type. Scripts print both and no stack.
 */
export class ServerError extends Error {
  readonly next: string;

  constructor(text: string, next: string, options?: ErrorOptions) {
    super(text, options);
    this.name = "ServerError";
    this.next = next;
  }
}

/** A place that was looked at for a server, and why it did not serve. */
export interface Tried {
  place: string;
  why: string;
}

/** No usable nats-server: the text lists each place that was looked at and why it did not serve, as `tried` does. */
export class ServerMissing extends ServerError {
  readonly tried: readonly Tried[];

  constructor(text: string, next: string, options: ErrorOptions & { tried?: Tried[] } = {}) {
    super(text, next, options);
    this.name = "ServerMissing";
    this.tried = options.tried ?? [];
  }
}

/** A download whose bytes are not the pinned ones. It is never run. */
export class BadDownload extends ServerError {
  constructor(text: string, next: string, options?: ErrorOptions) {
    super(text, next, options);
    this.name = "BadDownload";
  }
}

/** What went wrong, in words, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The command that gets the pinned server, for errors to end with. */
export const FETCH_COMMAND = "npm run postinstall";
