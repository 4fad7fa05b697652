import { describe, expect, it } from "vitest";
import { pieces, seeded } from "./fixtures/wire.ts";
import { HEAD_BYTES, HEADER_BYTES, LINE_BYTES, type Direction, type Frame } from "./frame.ts";
import { Parser } from "./parser.ts";

const FROM_PROGRAM = Buffer.from([
  'CONNECT {"name":"worker","verbose":false}\r\n', "PING\r\n", "ping\r\n", "PONG\r\n", "+OK\r\n",
  "PUB orders.placed.eu.1 5\r\nhello\r\n", "PUB orders.placed.eu.2 _INBOX.1 0\r\n\r\n", "pub  a\t b   4 \r\nwith\r\n",
  "HPUB orders.1 12 17\r\nNATS/1.0\r\n\r\nhello\r\n", "HPUB orders.2 _INBOX.2 23 23\r\nNATS/1.0\r\nKey: väl\r\n\r\n\r\n",
  "SUB orders.> 1\r\n", "SUB orders.placed.*.* workers 2\r\n", "sub a 3\n", "UNSUB 1\r\n", "UNSUB 2 10\r\n",
  "PUB tricky 17\r\nPING\r\nPUB x 1\r\n\r\n\r\n", "PUB last.ü 1\r\nx\r\n",
].join(""));

const FROM_SERVER = Buffer.from([
  'INFO {"server_id":"A","client_id":7}\r\n', "MSG orders.1 1 5\r\nhello\r\n", "MSG orders.1 1 _INBOX.3 0\r\n\r\n",
  "HMSG _INBOX.3 9 16 16\r\nNATS/1.0 503\r\n\r\n\r\n", "HMSG orders.2 9 reply 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
  'INFO {"client_id":7,"ldm":true}\r\n', "PING\r\n", "PONG\r\n", "+OK\r\n", "-ERR 'Unknown Protocol Operation'\r\n",
].join(""));

describe("parser", () => {
  it("reads every operation of a program", () => {
    expect(read("to-server", [FROM_PROGRAM])).toEqual({ frames: [
      'CONNECT text={"name":"worker","verbose":false}', "PING", "PING", "PONG", "+OK",
      "PUB subject=orders.placed.eu.1 size=5 body=hello", "PUB subject=orders.placed.eu.2 reply=_INBOX.1", "PUB subject=a reply=b size=4 body=with",
      "HPUB subject=orders.1 size=5 header=12 body=hello", "HPUB subject=orders.2 reply=_INBOX.2 header=23",
      "SUB subject=orders.> sid=1", "SUB subject=orders.placed.*.* sid=2 reply=workers", "SUB subject=a sid=3", "UNSUB sid=1", "UNSUB sid=2 reply=10",
      "PUB subject=tricky size=17 body=PING\r\nPUB x 1\r\n\r\n", "PUB subject=last.ü size=1 body=x",
    ], blind: undefined });
  });

  it("reads every operation of the server, INFO in mid-stream too", () => {
    expect(read("to-program", [FROM_SERVER])).toEqual({ frames: [
      'INFO text={"server_id":"A","client_id":7}', "MSG subject=orders.1 sid=1 size=5 body=hello", "MSG subject=orders.1 sid=1 reply=_INBOX.3",
      "HMSG subject=_INBOX.3 sid=9 header=16", "HMSG subject=orders.2 sid=9 reply=reply size=2 header=12 body=hi",
      'INFO text={"client_id":7,"ldm":true}', "PING", "PONG", "+OK", "-ERR text=Unknown Protocol Operation",
    ], blind: undefined });
  });

  it.each([["to-server", FROM_PROGRAM], ["to-program", FROM_SERVER]] as const)("reads the same %s wherever the stream is torn in two", (direction, bytes) => {
    const whole = read(direction, [bytes]);
    for (let at = 1; at < bytes.length; at++) expect(read(direction, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  });

  it.each([["to-server", FROM_PROGRAM], ["to-program", FROM_SERVER]] as const)("reads the same %s in 300 random cuttings", (direction, bytes) => {
    const whole = read(direction, [bytes]);
    for (let seed = 1; seed <= 300; seed++) expect(read(direction, pieces(bytes, seeded(seed), 1 + (seed % 9)))).toEqual(whole);
  });

  it("tells where each frame ends", () => {
    const ends: number[] = [];
    new Parser("to-server").push(FROM_PROGRAM, (frame) => void ends.push(frame.end));
    expect(ends.map((end) => FROM_PROGRAM[end - 1])).toEqual(ends.map(() => 10));
    expect(ends.at(-1)).toBe(FROM_PROGRAM.length);
  });

  it("keeps the beginning of a payload of megabytes and no more", () => {
    const payload = Buffer.alloc(4_000_000, "abcdefgh");
    const bytes = Buffer.concat([Buffer.from(`PUB big ${payload.length}\r\n`), payload, Buffer.from("\r\nPING\r\n")]);
    const seen: { verb: string; kept: number; right: boolean }[] = [];
    const parser = new Parser("to-server");
    for (const piece of pieces(bytes, seeded(1), 100_000)) {
      parser.push(piece, (frame) => seen.push({ verb: frame.verb, kept: frame.bytes.length, right: payload.includes(frame.bytes.subarray(frame.bodyStart, frame.bodyEnd)) }));
    }
    expect(seen).toEqual([{ verb: "PUB", kept: HEAD_BYTES, right: true }, { verb: "PING", kept: 0, right: true }]);
  });

  it("keeps a header block whole up to a bound, and reads on behind a longer one", () => {
    const whole = `NATS/1.0\r\nA: ${"x".repeat(HEADER_BYTES - 20)}\r\n\r\n`;
    const long = `NATS/1.0\r\nA: ${"x".repeat(100_000)}\r\n\r\n`;
    const bytes = Buffer.from([whole, long].map((head) => `HPUB a ${head.length} ${head.length + 2}\r\n${head}hi\r\n`).join(""));
    for (const most of [bytes.length, 50_000, 100]) {
      const shown = read("to-server", pieces(bytes, seeded(5), most)).frames;
      expect(shown[0]).toBe(`HPUB subject=a size=2 header=${whole.length} body=hi`);
      expect(shown[1]).toMatch(/^HPUB subject=a size=2 header=\d+( body=hi)?$/);
    }
  });

  it.each([
    ["another protocol", "GET / HTTP/1.1\r\n"],
    ["a server's operation from a program", "MSG a 1 0\r\n\r\n"],
    ["a size that is no number", "PUB a x\r\n"],
    ["a negative size", "PUB a -1\r\n"],
    ["a size no server takes", "PUB a 99999999999\r\n"],
    ["headers longer than the whole", "HPUB a 20 10\r\n"],
    ["too many words", "PUB a b c 1\r\n"],
    ["an empty line", "\r\nPING\r\n"],
    ["a payload that does not end", "PUB a 2\r\nhello\r\n"],
    ["a payload with a bare LF", "PUB a 2\r\nhi\n\n"],
    ["a line without end", "PUB ".padEnd(LINE_BYTES + 10, "x")],
  ])("goes blind on %s, torn or not", (_what, text) => {
    const bytes = Buffer.from(text);
    expect(read("to-server", [Buffer.from("PING\r\n"), bytes]).blind).toBeTypeOf("string");
    expect(read("to-server", pieces(bytes, seeded(3), Math.ceil(bytes.length / 3))).blind).toBeTypeOf("string");
  });

  it("reads nothing more once it is blind", () => {
    expect(read("to-server", [Buffer.from("nonsense\r\nPING\r\n"), Buffer.from("PING\r\n")]).frames).toEqual([]);
  });

  it("knows whether it stands inside a frame", () => {
    const parser = new Parser("to-server");
    const inside = ["PUB a 3", "\r\n", "ab", "c\r", "\n"].map((text) => (parser.push(Buffer.from(text), () => {}), parser.midFrame));
    expect(inside).toEqual([true, true, true, true, false]);
  });
});

function read(direction: Direction, chunks: Buffer[]): { frames: string[]; blind: string | undefined } {
  const parser = new Parser(direction);
  const frames: string[] = [];
  for (const chunk of chunks) parser.push(chunk, (frame) => void frames.push(show(frame)));
  return { frames, blind: parser.blind };
}

function show(frame: Frame): string {
  const header = frame.bodyStart - frame.headerStart;
  const body = frame.bytes.toString("utf8", frame.bodyStart, frame.bodyEnd);
  const parts = { text: frame.text, subject: frame.subject, sid: frame.sid, reply: frame.reply, size: frame.size, header, body };
  return [frame.verb, ...Object.entries(parts).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`)].join(" ");
}
