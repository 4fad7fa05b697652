import type { Answer, LedgerLine } from "./ledger.ts";

/**
 * Where effects happen: one receipt for each. For `charge` a known `Idempotency-Key` gets its first
 * answer again, whether receipt or decline, as payment providers do. All in one turn of the event loop,
 * so two calls with one key at the same time make one charge: the one that comes here first.
 */
export class Receipts {
  readonly #byKey = new Map<string, { asked: string; answer: Answer }>();
  #count = 0;

  /** Settles a call: sets its `effect`, and gives its answer. With `declined` there is no effect. */
  settle(line: LedgerLine, declined?: Answer): Answer {
    const key = line.service === "charge" ? line.key : undefined;
    const known = key === undefined ? undefined : this.#byKey.get(key);
    if (known) return replay(line, known);
    const answer = declined ?? this.#receipt(line);
    if (key !== undefined) this.#byKey.set(key, { asked: askedFor(line), answer });
    return answer;
  }

  #receipt(line: LedgerLine): Answer {
    line.effect = true;
    this.#count += 1;
    const { service, orderId } = line;
    return { status: 200, body: { id: `${service}-${this.#count}`, service, orderId } };
  }
}

function replay(line: LedgerLine, { asked, answer }: { asked: string; answer: Answer }): Answer {
  if (asked !== askedFor(line)) return { status: 400, body: { error: otherRequest(line, asked) } };
  line.replayed = true;
  return answer;
}

function askedFor({ body }: LedgerLine): string {
  const { orderId, amountCents, currency } = body as Record<string, unknown>;
  return JSON.stringify({ orderId, amountCents, currency });
}

function otherRequest(line: LedgerLine, asked: string): string {
  return `Cannot charge as the Idempotency-Key "${line.key}" belongs to another charge: that was ${asked}, this is ${askedFor(line)}`;
}
