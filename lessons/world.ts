// The world outside the shop: a payment provider, a warehouse, a
// mailer and a tracker. They are plain HTTP services, and these are
// plain `fetch` calls. Nothing here tries again or gives up by
// itself: how long to wait, and what to do when a service says no,
// is the caller's decision.
//
// Your programs say `import { charge } from "#world"`. Outside this
// repository they need this file and one line of package.json:
// "imports": { "#world": "./world.ts" }

/** What a service answers when it has done its work. */
export interface Receipt {
  id: string;
  service: string;
  orderId: string;
}

/** What may go along with a call. */
export interface CallOptions {
  /** The same key again makes no second charge. */
  idempotencyKey?: string;
  /** Passed on as they are, e.g. `Correlation-Id`. */
  headers?: Record<string, string>;
  /** Ends the call early, e.g. `AbortSignal.timeout(500)`. */
  signal?: AbortSignal;
}

/**
 * A service did not do what it was asked to. `status` says why:
 * 402 declined, 400 will never work, 429 too many at once,
 * 503 not now, and 0 if no answer came at all.
 */
export class WorldError extends Error {
  readonly status: number;

  constructor(status: number, text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = "WorldError";
    this.status = status;
  }
}

/** Takes the money. Give it the whole event if you like. */
export async function charge(
  order: { orderId: string; amountCents: number; currency: string },
  options?: CallOptions,
): Promise<Receipt> {
  const { orderId, amountCents, currency } = order;
  return call("charge", { orderId, amountCents, currency }, options);
}

/** Takes the goods off the shelf. */
export async function reserve(
  order: { orderId: string; sku: string; quantity: number },
  options?: CallOptions,
): Promise<Receipt> {
  const { orderId, sku, quantity } = order;
  return call("reserve", { orderId, sku, quantity }, options);
}

/** Hands the parcel to the carrier. */
export async function ship(
  order: { orderId: string },
  options?: CallOptions,
): Promise<Receipt> {
  return call("ship", { orderId: order.orderId }, options);
}

/** Writes to the customer: `to` is the address. */
export async function sendMail(
  mail: { orderId: string; to: string },
  options?: CallOptions,
): Promise<Receipt> {
  const { orderId, to } = mail;
  return call("mail", { orderId, to }, options);
}

/** Tells the tracker what has happened to an order. */
export async function track(
  step: { orderId: string; event: string },
  options?: CallOptions,
): Promise<Receipt> {
  const { orderId, event } = step;
  return call("track", { orderId, event }, options);
}

async function call(
  service: string,
  body: object,
  { idempotencyKey, headers, signal }: CallOptions = {},
): Promise<Receipt> {
  // Read at every call: who starts the program may set it late.
  const { WORLD_URL = "http://127.0.0.1:4280/world" } = process.env;
  const request = {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(idempotencyKey && { "Idempotency-Key": idempotencyKey }),
      ...headers,
    },
    body: JSON.stringify(body),
    signal: signal ?? null,
  };
  try {
    const response = await fetch(`${WORLD_URL}/${service}`, request);
    const answer = await response.json();
    if (response.ok) return answer;
    throw new WorldError(response.status, answer.error);
  } catch (error) {
    // A call that its own signal ended is no fault of the world's.
    if (error instanceof WorldError || signal?.aborted) throw error;
    throw noAnswer(service, WORLD_URL, error as Error);
  }
}

// `fetch` says no more than "fetch failed"; the reason is its cause.
function noAnswer(service: string, url: string, cause: Error) {
  const reason = (cause.cause ?? cause) as NodeJS.ErrnoException;
  const what = `Cannot call ${service} as ${url}`;
  const text =
    reason.code === "ECONNREFUSED"
      ? `${what} is not there: start it with "npm start"`
      : `${what} gave no proper answer: ${reason.message}`;
  return new WorldError(0, text, { cause });
}
