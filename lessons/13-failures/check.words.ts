import type { LedgerLine } from "#engine/world/ledger.ts";

/** What a dead letter has to say, for one message. */
export interface Wanted {
  /** The message's own subject. */
  subject: string;
  body: Buffer;
  /** Its headers without those that begin with `Nats-`. */
  headers: Record<string, string>;
  reason: string;
  attempts: number;
  /** The order it is about; a malformed one is about none that the provider ever hears of. */
  orderId?: string;
}

/** A message as a witness found it in DEAD. */
export interface Letter {
  sequence: number;
  subject: string;
  body: Buffer;
  headers: Record<string, string>;
}

/** What is wrong with a letter; undefined when nothing is. `origin` is `WORK/17`. */
export function faultOf(letter: Letter, wanted: Wanted): { what: "payload" | "headers" | "reason" | "attempts" | "origin"; seen: string } | undefined {
  if (!letter.body.equals(wanted.body)) return { what: "payload", seen: `its payload is ${shown(letter.body)} and was ${shown(wanted.body)}` };
  const lost = Object.entries(wanted.headers).find(([name, value]) => letter.headers[name] !== value);
  if (lost) return { what: "headers", seen: `its header ${lost[0]} is ${letter.headers[lost[0]] ?? "not there"} and was ${lost[1]}` };
  const { "Dead-Reason": reason, "Dead-Attempts": attempts, "Dead-Origin": origin } = letter.headers;
  if (reason !== wanted.reason) return { what: "reason", seen: `its Dead-Reason is ${reason ?? "not there"}` };
  if (Number(attempts ?? NaN) !== wanted.attempts) return { what: "attempts", seen: `its Dead-Attempts is ${attempts ?? "not there"}` };
  if (!/^WORK\/[0-9]+$/.test(origin ?? "")) return { what: "origin", seen: `its Dead-Origin is ${origin ?? "not there"}` };
  return undefined;
}

/** Tries of an order at the provider. */
export function tries(calls: readonly LedgerLine[], orderId: string | undefined): LedgerLine[] {
  return orderId === undefined ? [] : calls.filter((call) => call.service === "charge" && call.orderId === orderId);
}

/** Bytes that are no ASCII text stand in brackets, so that what a decoder made of them can be told apart. */
function shown(body: Buffer): string {
  const text = [...body].map((byte) => (byte < 0x20 || byte > 0x7e ? `<${byte.toString(16).padStart(2, "0")}>` : String.fromCharCode(byte))).join("");
  return text.length > 40 ? `${text.slice(0, 40)}…` : text || "empty";
}
