import type { FlightEvent } from "#engine/record/events.ts";
import { parseJson } from "./json.ts";

/** What a delivery's reply subject says (`$JS.ACK.…`). */
export interface AckSubject {
  stream: string;
  consumer: string;
  deliveries: number;
  sequence: number;
  consumerSequence: number;
  pending: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>`, and the form
 * with domain and account in front of the stream (11 or 12 tokens, ADR-15).
 */
export function readAckSubject(subject: string): AckSubject | undefined {
  const tokens = subject.split(".");
  const at = tokens.length === 9 ? 2 : tokens.length >= 11 ? 4 : 0;
  if (at === 0 || tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  return {
    stream: tokens[at] ?? "",
    consumer: tokens[at + 1] ?? "",
    deliveries: Number(tokens[at + 2]),
    sequence: Number(tokens[at + 3]),
    consumerSequence: Number(tokens[at + 4]),
    pending: Number(tokens[at + 6]),
  };
}

/** What an acknowledgement's body says: its kind, and what a nak, a term or a +NXT adds. */
export interface AckBody {
  kind: "ack" | "nak" | "progress" | "term";
  extra?: Pick<FlightEvent, "note" | "delay" | "batch">;
}

const ACK: AckBody = { kind: "ack" };
const PROGRESS: AckBody = { kind: "progress" };

/** Reads an acknowledgement's body; undefined when the server would not take it for one. */
export function readAckBody(body: string): AckBody | undefined {
  if (body === "" || body === "+ACK" || body === "+OK") return ACK;
  if (body === "+WPI") return PROGRESS;
  if (body.startsWith("-NAK")) return { kind: "nak", extra: delayOf(body.slice(4)) };
  if (body.startsWith("+TERM")) return { kind: "term", extra: noteOf(body.slice(5).trim()) };
  if (body.startsWith("+NXT")) return { kind: "ack", extra: { note: "+NXT", batch: readPull(body.slice(4).trim()).batch ?? 1 } };
  return undefined;
}

const API = /^\$JS(\.[^.]+)?\.API\./;

/** Whether a subject belongs to the JetStream API, in a domain or not. */
export function isApi(subject: string): boolean {
  return subject.startsWith("$JS.") && API.test(subject);
}

const PULL = /^\$JS(?:\.[^.]+)?\.API\.CONSUMER\.MSG\.NEXT\.([^.]+)\.([^.]+)$/;

/** The stream and consumer that a pull request's subject names. */
export function readPullSubject(subject: string): { stream: string; consumer: string } | undefined {
  const found = PULL.exec(subject);
  return found ? { stream: found[1] ?? "", consumer: found[2] ?? "" } : undefined;
}

/** A pull request's body: JSON, a plain number, or nothing (one message). Durations become milliseconds. */
export function readPull(body: string): Pick<FlightEvent, "batch" | "expires" | "heartbeat" | "note"> {
  const wish = parseJson<{ batch?: number; expires?: number; idle_heartbeat?: number; max_bytes?: number; no_wait?: boolean }>(body);
  if (typeof wish === "number") return { batch: wish };
  if (!wish) return { batch: 1 };
  const notes = [wish.no_wait && "no_wait", wish.max_bytes && `max_bytes ${wish.max_bytes}`].filter(Boolean).join(", ");
  return {
    batch: wish.batch ?? 1,
    ...(wish.expires ? { expires: wish.expires / 1e6 } : {}),
    ...(wish.idle_heartbeat ? { heartbeat: wish.idle_heartbeat / 1e6 } : {}),
    ...noteOf(notes),
  };
}

// What a server writes nearly always: the rest goes through JSON.parse, which costs several times as much.
const PUBACK = /^\{"stream":"([^"\\]*)", ?"seq":(\d+)\}$/;

/** A PubAck, or the refusal that comes in its place; undefined when the body is neither. */
export function readPubAck(body: string): Pick<FlightEvent, "stream" | "sequence" | "status" | "note"> | undefined {
  const quick = PUBACK.exec(body);
  if (quick) return { stream: quick[1] ?? "", sequence: Number(quick[2]) };
  const ack = parseJson<{ stream?: unknown; seq?: unknown; duplicate?: boolean; error?: { err_code?: number; description?: string }; type?: string }>(body);
  if (typeof ack !== "object" || ack === null || ack.type !== undefined) return undefined;
  if (ack.error?.err_code !== undefined) return { status: ack.error.err_code, note: ack.error.description ?? "" };
  if (typeof ack.stream !== "string" || typeof ack.seq !== "number") return undefined;
  return { stream: ack.stream, sequence: ack.seq, ...(ack.duplicate ? { note: "duplicate" } : {}) };
}

/** The error in a JetStream API response, of which only the beginning may be at hand. */
export function readApiError(body: string): Pick<FlightEvent, "status" | "note"> | undefined {
  const error = /"error":\s*(\{[^}]*\})/.exec(body.slice(0, 600));
  const said = error && parseJson<{ code?: number; err_code?: number; description?: string }>(error[1] ?? "");
  if (!said || typeof said.code !== "number") return undefined;
  return { status: said.err_code ?? said.code, note: said.description ?? "" };
}

function delayOf(text: string): Pick<FlightEvent, "delay"> {
  const wish = parseJson<{ delay?: number }>(text.trim());
  return typeof wish?.delay === "number" ? { delay: wish.delay / 1e6 } : {};
}

function noteOf(note: string): Pick<FlightEvent, "note"> {
  return note === "" ? {} : { note };
}
