import { PAYLOAD_BYTES, type Direction, type Frame, type Verb } from "./frame.ts";

const TO_SERVER: readonly Verb[] = ["CONNECT", "PUB", "HPUB", "SUB", "UNSUB", "PING", "PONG", "+OK", "-ERR"];
const TO_PROGRAM: readonly Verb[] = ["INFO", "MSG", "HMSG", "PING", "PONG", "+OK", "-ERR"];

/** The verbs one direction may carry, in both cases: clients in other languages send lower case as well. */
export function verbsOf(direction: Direction): ReadonlyMap<string, Verb> {
  const verbs = direction === "to-server" ? TO_SERVER : TO_PROGRAM;
  return new Map(verbs.flatMap((verb) => [[verb, verb], [verb.toLowerCase(), verb]]));
}

/**
 * Reads one control line, without its end, into `frame`. Returns how many bytes of headers and payload follow
 * (without the final CRLF), -1 when none do. Throws `NotNats`.
 */
export function readLine(line: string, verbs: ReadonlyMap<string, Verb>, frame: Frame): number {
  const words = split(line);
  const first = words[0] ?? "";
  const verb = verbs.get(first) ?? verbs.get(first.toUpperCase());
  if (!verb) throw new NotNats(`not a protocol line: ${JSON.stringify(line.slice(0, 40))}`);
  clear(frame, verb);
  const read = READ[verb];
  return read ? read(words, frame, line) : -1;
}

/** The bytes are not the NATS client protocol, or not a part of it that the tap knows. */
export class NotNats extends Error {
  override name = "NotNats";
}

type Read = (words: string[], frame: Frame, line: string) => number;

const READ: Partial<Record<Verb, Read>> = {
  // Grammar: nats-server parser.go, and the table in the NATS client protocol's documentation.
  MSG: (words, frame) => message(words, frame, { sid: 1, headers: 0 }),
  HMSG: (words, frame) => message(words, frame, { sid: 1, headers: 1 }),
  PUB: (words, frame) => message(words, frame, { sid: 0, headers: 0 }),
  HPUB: (words, frame) => message(words, frame, { sid: 0, headers: 1 }),
  SUB: readSub,
  UNSUB: readUnsub,
  INFO: rest,
  CONNECT: rest,
  "-ERR": rest,
};

function message(words: string[], frame: Frame, has: { sid: number; headers: number }): number {
  const least = 3 + has.sid + has.headers;
  if (words.length < least || words.length > least + 1) throw new NotNats(`${frame.verb} with ${words.length - 1} arguments`);
  const total = sizeOf(words.at(-1), frame);
  const headers = has.headers ? sizeOf(words.at(-2), frame) : 0;
  if (headers > total) throw new NotNats(`${frame.verb} with ${headers} bytes of headers in ${total}`);
  frame.subject = words[1] ?? "";
  if (has.sid) frame.sid = words[2] ?? "";
  if (words.length > least) frame.reply = words[2 + has.sid] ?? "";
  frame.size = total - headers;
  return total;
}

function readSub(words: string[], frame: Frame): number {
  if (words.length < 3 || words.length > 4) throw new NotNats(`SUB with ${words.length - 1} arguments`);
  frame.subject = words[1] ?? "";
  frame.reply = words.length === 4 ? (words[2] ?? "") : "";
  frame.sid = words.at(-1) ?? "";
  return -1;
}

function readUnsub(words: string[], frame: Frame): number {
  if (words.length < 2 || words.length > 3) throw new NotNats(`UNSUB with ${words.length - 1} arguments`);
  frame.sid = words[1] ?? "";
  frame.reply = words[2] ?? "";
  return -1;
}

function rest(_words: string[], frame: Frame, line: string): number {
  const text = line.slice(frame.verb.length).trim();
  frame.text = frame.verb === "-ERR" ? text.replace(/^'|'$/g, "") : text;
  return -1;
}

function sizeOf(word: string | undefined, frame: Frame): number {
  const size = Number(word);
  if (!/^\d{1,9}$/.test(word ?? "") || size > PAYLOAD_BYTES) throw new NotNats(`${frame.verb} with size ${JSON.stringify(word)}`);
  return size;
}

// One blank between words is the rule; the slow way is for the clients that use more, or tabs.
function split(line: string): string[] {
  const words = line.split(" ");
  return words.includes("") || line.includes("\t") ? line.trim().split(/[ \t]+/) : words;
}

function clear(frame: Frame, verb: Verb): void {
  frame.verb = verb;
  frame.subject = frame.sid = frame.reply = frame.text = "";
  frame.size = frame.headerStart = frame.bodyStart = frame.bodyEnd = 0;
}
