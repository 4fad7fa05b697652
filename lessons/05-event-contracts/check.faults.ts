import { subjectOf } from "#engine/lab/orders.ts";
import type { Case, ShopOrder, Trap } from "./check.cases.ts";

/** One message that intake published, as the next program in the shop got it. */
export interface Answer {
  subject: string;
  data: Uint8Array;
  /** In the exact case of the wire; undefined where the client cannot read them. */
  headers: Map<string, string> | undefined;
}

/** What the check found wrong first, in words and for the diagnoses. */
export interface Finding {
  fault:
    | "no answer" | "two answers" | "accepted" | "refused" | "no reason" | "altered"
    | "wrong order" | "wrong subject" | "not JSON" | "header case" | "wrong attribute";
  expected: string;
  seen: string;
  what: string;
  trap: Trap;
  version: 1 | 2;
  /** What the event came in on. */
  subject: string;
  /** What the answer went out on. */
  sentOn?: string;
  reason?: string;
  /** accepted, with an id that must not be part of a subject: it went out under another one. */
  mended?: boolean;
  /** accepted, with a field missing: what the accepted order says in its place. */
  madeUp?: string;
  /** wrong order: nothing but the cents is wrong, and they only just. */
  cents?: boolean;
  /** wrong order: version 2 came out without a whole number of cents, as when it is read as version 1. */
  asV1?: boolean;
  /** no answer: whether an ordinary event gets one afterwards. */
  goesOn?: boolean;
  /** How the process ended, if it did. */
  exit?: string | undefined;
  /** refused: whether the same event with its headers in other cases is accepted. */
  readsOtherCase?: boolean;
  /** refused: whether a plain event of the same version, in JSON and without anything new, is refused as well. */
  plainToo?: boolean;
  /** header case, wrong attribute: its name as the contract writes it. */
  name?: string;
}

type Fault = Omit<Finding, "what" | "trap" | "version" | "subject">;

/** What is wrong with an answer; undefined when it is what the contract asks for. */
export function findFault(one: Case, answer: Answer | undefined, options: { exactNames?: boolean } = {}): Fault | undefined {
  if (!answer) return { fault: "no answer", expected: `an answer to ${one.what}: accepted or refused`, seen: "intake published nothing" };
  return answer.subject === "orders.invalid" ? refusalFault(one, answer) : acceptanceFault(one, answer, options);
}

function refusalFault(one: Case, answer: Answer): Fault | undefined {
  const reason = answer.headers?.get("Reject-Reason");
  if (one.reasons.length === 0) return { fault: "refused", expected: `${one.what} to be accepted`, seen: `it was refused: ${reason === undefined ? "(no reason)" : inWords(reason)}`, ...(reason ? { reason: inWords(reason) } : {}) };
  return reasonFault(one, answer, reason) ?? (one.bare ? undefined : alteration(one, answer));
}

function reasonFault(one: Case, answer: Answer, reason: string | undefined): Fault | undefined {
  if (one.bare && !answer.headers) return undefined;
  const other = otherCase(answer, "Reject-Reason");
  if (reason === undefined && other) return { fault: "header case", name: "Reject-Reason", expected: "the reason in the header Reject-Reason", seen: `it is in ${other}` };
  if (reason !== undefined && one.reasons.some((word) => new RegExp(`^${word}(?![\\w-])`).test(reason))) return undefined;
  const expected = `${one.what} to be refused with a Reject-Reason that begins with ${listOf(one.reasons)}`;
  return { fault: "no reason", expected, seen: reason === undefined ? "the refusal has no Reject-Reason" : `it is "${inWords(reason)}"`, ...(reason ? { reason: inWords(reason) } : {}) };
}

function alteration(one: Case, answer: Answer): Fault | undefined {
  const expected = `${one.what} on orders.invalid as it came, payload and headers untouched`;
  if (Buffer.compare(answer.data, one.payload) !== 0) return { fault: "altered", expected, seen: `its ${one.payload.length} bytes of payload became ${answer.data.length === one.payload.length ? "others" : answer.data.length}` };
  const lost = Object.entries(one.headers ?? {}).find(([name, value]) => answer.headers?.get(name) !== value);
  return lost ? { fault: "altered", expected, seen: `its header ${lost[0]}: ${lost[1]} is ${answer.headers?.has(lost[0]) ? `now "${answer.headers.get(lost[0])}"` : "gone"}` } : undefined;
}

function acceptanceFault(one: Case, answer: Answer, options: { exactNames?: boolean }): Fault | undefined {
  if (!one.accept) return { fault: "accepted", sentOn: answer.subject, ...inventions(one, answer), expected: `${one.what} to be refused on orders.invalid`, seen: `it was accepted on ${short(answer.subject)}` };
  return bodyFault(one, answer) ?? subjectFault(one, answer) ?? (options.exactNames ? nameFault(one, answer) : undefined);
}

/** What an order that should have been refused says, and its sender did not. */
function inventions(one: Case, answer: Answer): { mended?: boolean; madeUp?: string } {
  const said = parse(answer.data) ?? {};
  const name = (Object.keys(one.order) as (keyof ShopOrder)[]).find((key) => one.order[key] === undefined && (said[key] ?? undefined) !== undefined);
  if (name !== undefined) return { madeUp: `${name} ${short(JSON.stringify(said[name]))}` };
  return one.trap === "id" ? { mended: answer.subject !== subjectOf(one.order, "accepted") } : {};
}

function bodyFault(one: Case, answer: Answer): Fault | undefined {
  const said = parse(answer.data);
  if (said === undefined) return { fault: "not JSON", expected: `${one.what} to be accepted as version 2 in JSON`, seen: `its payload is not a JSON object: ${short(Buffer.from(answer.data).toString())}` };
  const wrong = (Object.keys(one.order) as (keyof ShopOrder)[]).filter((name) => said[name] !== one.order[name]);
  if (wrong.length === 0) return undefined;
  const cents = wrong.length === 1 && wrong[0] === "amountCents" && Math.abs(Number(said.amountCents ?? NaN) - one.order.amountCents) < 2;
  const list = (order: Record<string, unknown>) => wrong.map((name) => `${name} ${JSON.stringify(order[name]) ?? "(missing)"}`).join(", ");
  const asV1 = one.version === 2 && wrong.includes("amountCents") && !Number.isInteger(said.amountCents);
  return { fault: "wrong order", cents, asV1, expected: `${one.what} to be accepted with ${list(one.order)}`, seen: `the accepted order has ${list(said)}` };
}

function subjectFault(one: Case, answer: Answer): Fault | undefined {
  const wanted = subjectOf(one.order, "accepted");
  if (answer.subject === wanted) return undefined;
  return { fault: "wrong subject", sentOn: answer.subject, expected: `${one.what} on ${wanted}, region and orderId from its body`, seen: `it went out on ${short(answer.subject)}` };
}

function nameFault(one: Case, answer: Answer): Fault | undefined {
  for (const [name, wanted] of Object.entries(wantedHeaders(one))) {
    const has = answer.headers?.get(name);
    const expected = `the header ${name}${typeof wanted === "string" ? `: ${wanted}` : ""} on an accepted order`;
    const other = otherCase(answer, name);
    if (has === undefined && other) return { fault: "header case", name, expected, seen: `it is called ${other}` };
    if (typeof wanted === "string" ? has !== wanted : !wanted(has)) return { fault: "wrong attribute", name, expected, seen: has === undefined ? "there is none" : `it is "${has}"` };
  }
  return undefined;
}

function wantedHeaders(one: Case): Record<string, string | ((value: string | undefined) => boolean)> {
  return {
    "ce-id": one.headers?.["ce-id"] ?? "",
    "ce-type": "shop.order.accepted.v2",
    "ce-specversion": "1.0",
    "ce-source": (value) => value !== undefined && value !== "",
    "ce-time": (value) => !Number.isNaN(Date.parse(value ?? "")),
    "ce-datacontenttype": (value) => value === undefined || value === "application/json",
  };
}

function otherCase(answer: Answer, name: string): string | undefined {
  return [...(answer.headers?.keys() ?? [])].find((key) => key !== name && key.toLowerCase() === name.toLowerCase());
}

function parse(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A reason as a person reads it: of JSON in it, as a schema library's error prints itself, the first message, else the words. */
function inWords(reason: string): string {
  const json = reason.search(/[[{]\s*["{]/);
  if (json < 0) return short(reason, 160);
  const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(reason)?.[1] ?? reason.slice(json).replaceAll(/[[\]{}"\\]/g, "").replaceAll(/\s+/g, " ").trim();
  return short(`${reason.slice(0, json)}${message.replaceAll("\\", "")}`, 160);
}

function listOf(words: string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function short(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most - 3)}…` : text;
}
