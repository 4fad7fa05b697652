/** Which way bytes go. */
export type Direction = "to-server" | "to-program";

/** The operations of the NATS client protocol. */
export type Verb = "INFO" | "CONNECT" | "PUB" | "HPUB" | "SUB" | "UNSUB" | "MSG" | "HMSG" | "PING" | "PONG" | "+OK" | "-ERR";

/**
 * One protocol operation. The parser uses the same object for every frame of a chunk: take what you need
 * before you return.
 */
export interface Frame {
  verb: Verb;
  /** PUB, HPUB, MSG, HMSG, SUB: the subject. UNSUB: empty. */
  subject: string;
  /** SUB, UNSUB, MSG, HMSG. */
  sid: string;
  /** Reply subject; of a SUB the queue group; of an UNSUB the number of messages. Empty when absent. */
  reply: string;
  /** INFO, CONNECT: the JSON. -ERR: the text in its quotes. */
  text: string;
  /** Payload bytes, headers not included. */
  size: number;
  /** Where headers and payload begin to be found: `bytes.subarray(headerStart, bodyStart)`, `bytes.subarray(bodyStart, bodyEnd)`. */
  bytes: Buffer;
  headerStart: number;
  bodyStart: number;
  /** At most HEAD_BYTES after `bodyStart`: a longer payload is not kept. */
  bodyEnd: number;
  /** Offset just behind the frame's last byte in the chunk that was pushed. */
  end: number;
}

/** How much of a payload a frame shows. The record keeps less; an API response is read up to here. */
export const HEAD_BYTES = 1024;

/** A header block is parsed whole up to this size; what is beyond is passed on unread. */
export const HEADER_BYTES = 64 * 1024;

/** No control line is longer (an INFO with many addresses is the longest): beyond, it is not NATS. */
export const LINE_BYTES = 128 * 1024;

/** The largest max_payload that a server accepts in its configuration. */
export const PAYLOAD_BYTES = 64 * 1024 * 1024;

/** A frame with nothing in it. */
export function emptyFrame(): Frame {
  return { verb: "PING", subject: "", sid: "", reply: "", text: "", size: 0, bytes: Buffer.alloc(0), headerStart: 0, bodyStart: 0, bodyEnd: 0, end: 0 };
}
