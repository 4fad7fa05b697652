import type { FlightEvent } from "#engine/record/events.ts";
import type { Frame } from "./frame.ts";

/** Bytes of a payload that an event keeps. */
export const PAYLOAD_KEPT = 256;

/** Puts what the record keeps of a frame's payload and headers on an event; its size is the caller's. */
export function addBody(event: FlightEvent, frame: Frame): void {
  if (frame.size > 0) addPayload(event, frame);
  if (frame.bodyStart > frame.headerStart) event.headers = readHeaders(frame).headers;
}

/** A header block: its status line, if it has one, and its fields in the exact case of the wire. */
export interface HeaderBlock {
  status?: number;
  description?: string;
  headers: Record<string, string[]>;
}

/** Reads `NATS/1.0 503 No Responders` and the fields after it. */
export function readHeaders(frame: Frame): HeaderBlock {
  const [first = "", ...fields] = frame.bytes.toString("utf8", frame.headerStart, frame.bodyStart).split("\r\n");
  const status = /^NATS\/\d\.\d[ \t]+(\d{3})[ \t]*(.*)$/.exec(first);
  const headers: Record<string, string[]> = {};
  for (const field of fields) addField(headers, field);
  return { headers, ...(status ? { status: Number(status[1]), description: status[2] ?? "" } : {}) };
}

/** The payload as text, up to HEAD_BYTES: enough for a PubAck, a pull request, the beginning of an API response. */
export function bodyText(frame: Frame): string {
  return frame.bodyEnd === frame.bodyStart ? "" : frame.bytes.toString("utf8", frame.bodyStart, frame.bodyEnd);
}

function addField(headers: Record<string, string[]>, field: string): void {
  const colon = field.indexOf(":");
  if (colon < 1) return;
  const name = field.slice(0, colon);
  const value = field.slice(colon + 1).trim();
  if (Object.hasOwn(headers, name)) headers[name]?.push(value);
  else Object.defineProperty(headers, name, { value: [value], enumerable: true, writable: true, configurable: true });
}

function addPayload(event: FlightEvent, frame: Frame): void {
  const end = Math.min(frame.bodyEnd, frame.bodyStart + PAYLOAD_KEPT);
  const text = frame.bytes.toString("utf8", frame.bodyStart, end);
  if (!text.includes("\ufffd")) event.payload = text;
  else addUnusual(event, frame.bytes.subarray(frame.bodyStart, end), frame.size);
}

// The cut at 256 bytes may have gone through a character: that is still text. Anything else is kept as base64.
function addUnusual(event: FlightEvent, bytes: Buffer, size: number): void {
  const torn = size > bytes.length ? [0, 1, 2, 3] : [0];
  for (const less of torn) {
    const text = strict(bytes.subarray(0, bytes.length - less));
    if (text !== undefined) return void (event.payload = text);
  }
  event.payload = bytes.toString("base64");
  event.base64 = true;
}

function strict(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
