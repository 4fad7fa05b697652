import type { Identity, NewEvent } from "#engine/record/events.ts";
import type { Service } from "./services.ts";

/** What the ledger needs of a flight record; `FlightRecord` has it. */
export interface WorldRecord {
  /** Milliseconds since the record opened. */
  now(): number;
  add(event: NewEvent, t?: number): unknown;
}

/** One call to an outside service. Written when the call arrives, completed when it ends. Times are milliseconds of the record's clock. */
export interface LedgerLine {
  /** When the call arrived. */
  readonly t: number;
  /** When the service took it up: later than `t` only behind `queue()`. */
  begun?: number;
  /** When it left "in flight": just before its answer is sent, or when the caller was gone. */
  ended?: number;
  readonly service: Service;
  readonly program: string;
  readonly life: number;
  readonly orderId?: string;
  /** The header `Idempotency-Key`. */
  readonly key?: string;
  /** The header `Correlation-Id`. */
  readonly correlationId?: string;
  readonly traceparent?: string;
  /** Absent while the call is open, and for ever when no answer was sent. */
  status?: number;
  /** Whether it happened: the card was charged, the mail went out. */
  effect: boolean;
  /** The caller went away before its answer was sent. */
  aborted: boolean;
  /** True when a known key got the first answer again. */
  replayed?: true;
  readonly body: object;
}

/** What a call brings along when it arrives. */
export type Arrival = Identity & Pick<LedgerLine, "service" | "orderId" | "key" | "correlationId" | "traceparent" | "body">;

/** What a call is told: always JSON. */
export interface Answer {
  status: number;
  body: object;
}

/** The book of all calls. Every arrival and every end also goes into the flight record, as `call` and `answer`. */
export class Ledger {
  readonly lines: LedgerLine[] = [];
  readonly #open = new Set<LedgerLine>();
  readonly #record: WorldRecord;

  constructor(record: WorldRecord) {
    this.#record = record;
  }

  /** Writes the line of a call that has just arrived. */
  arrive(arrival: Arrival): LedgerLine {
    const line: LedgerLine = { t: this.#now(), ...arrival, effect: false, aborted: false };
    this.lines.push(line);
    this.#open.add(line);
    this.#record.add({ kind: "call", ...namesOf(line), ...noteOf(line.key && `key ${line.key}`) }, line.t);
    return line;
  }

  /** Notes that the service has taken the call up. */
  begin(line: LedgerLine): void {
    line.begun = this.#now();
  }

  /** Completes a line; the answer is sent after this. */
  end(line: LedgerLine, answer: Answer): void {
    line.status = answer.status;
    this.#close(line);
  }

  /** Completes the line of a call whose caller went away. */
  abort(line: LedgerLine): void {
    line.aborted = true;
    this.#close(line);
  }

  /** The calls without an answer yet; of one service, of one program. */
  open(service?: Service, program?: string): LedgerLine[] {
    return [...this.#open].filter((line) => (!service || line.service === service) && (!program || isOf(line, program)));
  }

  /** Whole microseconds, as the record keeps them: so a line's times equal those of its events. */
  #now(): number {
    return Math.round(this.#record.now() * 1000) / 1000;
  }

  #close(line: LedgerLine): void {
    line.ended = this.#now();
    this.#open.delete(line);
    const words = [line.aborted && "the caller went away", line.replayed && "known key", line.key && `key ${line.key}`];
    const { status, effect } = line;
    this.#record.add(
      { kind: "answer", ...namesOf(line), ...(status !== undefined && { status }), effect, ...noteOf(...words) },
      line.ended,
    );
  }
}

/** Whether the line was called by `program`: `worker` means every copy of it, `worker#2` that copy alone. */
export function isOf(line: Pick<LedgerLine, "program">, program: string): boolean {
  return line.program === program || line.program.startsWith(`${program}#`);
}

function namesOf({ program, life, service, orderId }: LedgerLine) {
  return { program, life, service, ...(orderId !== undefined && { order: orderId }) };
}

function noteOf(...words: (string | false | undefined)[]): { note?: string } {
  const note = words.filter(Boolean).join(", ");
  return note ? { note } : {};
}
