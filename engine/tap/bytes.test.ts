import { createHash } from "node:crypto";
import { createServer, connect as connectSocket, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRecord, type FlightRecord } from "#engine/record/flight.ts";
import { openWire, pieces, seeded, until, type Wire } from "./fixtures/wire.ts";
import { HELD_BYTES } from "./lane.ts";
import { openTap, type Tap } from "./tap.ts";

// Two plain sockets with the tap between them: what one end writes is compared with what the other end reads.
let record: FlightRecord;
let tap: Tap;

beforeAll(async () => {
  record = openRecord();
  tap = await openTap({ record });
});
afterAll(() => tap[Symbol.asyncDispose]());

describe("bytes", () => {
  it("arrive unchanged in both directions, however they are cut", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      await using pair = await openPair();
      const random = seeded(seed);
      const up = conversation(random, "to-server");
      const down = conversation(random, "to-program");
      const most = 1 + Math.floor(random() * random() * 40_000);
      await Promise.all([send(pair.program, pieces(up, random, most)), send(pair.server, pieces(down, random, most))]);
      expect([await pair.serverGot(up.length), await pair.programGot(down.length)]).toEqual([hash(up), hash(down)]);
      expect(tap.counts().blind).toBe(0);
    }
  });

  it("arrive unchanged when they go frame by frame and slowly", async () => {
    const hold = tap.hold("publish", { subject: "never.published" });
    const slow = tap.slow({ ms: 3 });
    for (let seed = 20; seed <= 26; seed++) {
      await using pair = await openPair();
      const random = seeded(seed);
      const up = conversation(random, "to-server");
      const down = conversation(random, "to-program");
      await Promise.all([send(pair.program, pieces(up, random, 30_000)), send(pair.server, pieces(down, random, 30_000))]);
      expect([await pair.serverGot(up.length), await pair.programGot(down.length)]).toEqual([hash(up), hash(down)]);
    }
    await Promise.all([hold.undo(), slow.undo()]);
  });

  it("arrive unchanged while faults come and go in the middle of frames", async () => {
    for (let seed = 30; seed <= 40; seed++) {
      await using pair = await openPair();
      const random = seeded(seed);
      const up = conversation(random, "to-server");
      const sent = send(pair.program, pieces(up, random, 5_000));
      for (let turn = 0; turn < 40; turn++) {
        const fault = random() < 0.5 ? tap.hold("publish", { subject: "never.published" }) : tap.slow({ ms: 1 + Math.floor(random() * 3) });
        await new Promise((resolve) => setImmediate(resolve));
        await fault.undo();
      }
      await sent;
      expect(await pair.serverGot(up.length)).toBe(hash(up));
    }
  });

  it("that are no NATS go on unread, and the record says so once", async () => {
    await using pair = await openPair({ program: "stranger" });
    const garbage = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 256));
    const random = seeded(7);
    await Promise.all([send(pair.program, pieces(garbage, random, 9_000)), send(pair.server, pieces(garbage, random, 9_000))]);
    expect([await pair.serverGot(garbage.length), await pair.programGot(garbage.length)]).toEqual([hash(garbage), hash(garbage)]);
    const errors = record.where({ program: "stranger", kind: "error" });
    expect(errors.map((event) => /cannot read this connection (\S+)/.exec(event.note ?? "")?.[1]).sort()).toEqual(["to-program", "to-server"]);
    expect(tap.counts().blind).toBe(2);
  });

  it("that are no NATS go on unread past a gate as well", async () => {
    await using pair = await openPair({ program: "stranger#2" });
    const hold = tap.hold("all", { program: "stranger#2" });
    const bytes = Buffer.from("PUB a 1\r\nx\r\nGET / HTTP/1.1\r\n\r\n");
    pair.program.write(bytes);
    await until("the garbage", () => pair.serverHas() === bytes.length - 12);
    await hold.undo();
    await until("the frame that was held", () => pair.serverHas() === bytes.length);
  });
});

describe("backpressure", () => {
  it.each(["program", "server"] as const)("reaches a sender whose %s reads nothing, and the tap's memory stays bounded", async (reader) => {
    await using pair = await openPair({ program: `slow ${reader}` });
    const [from, to] = reader === "program" ? [pair.server, pair.program] : [pair.program, pair.server];
    const verb = reader === "program" ? "MSG a 1" : "PUB a";
    const frame = Buffer.from(`${verb} 60000\r\n${"x".repeat(60_000)}\r\n`);
    to.pause();
    let most = 0;
    let queued = 0;
    const total = 800;
    await until("the sender to be stopped", () => {
      for (let n = 0; n < 20 && queued < total && from.writableLength < 1_000_000; n++, queued++) from.write(frame);
      most = Math.max(most, ...tap.links().map((link) => link.buffered));
      return from.writableLength >= 1_000_000 || queued === total;
    });
    expect(queued).toBeLessThan(total);
    to.resume();
    for (; queued < total; queued++) from.write(frame);
    expect(await (reader === "program" ? pair.programGot : pair.serverGot)(total * frame.length)).toBe(hash(Buffer.concat(Array.from({ length: total }, () => frame))));
    expect(most).toBeLessThan(1_000_000);
  });

  it("holds a sender back when a gate keeps too much", async () => {
    await using pair = await openPair({ program: "held" });
    const hold = tap.hold("all", { program: "held" });
    const frame = Buffer.from(`PUB a 1000000\r\n${"x".repeat(1_000_000)}\r\n`);
    for (let n = 0; n < 40; n++) pair.program.write(frame);
    const held = () => tap.links().find((link) => link.program === "held")!.buffered;
    await until("the limit", () => held() > HELD_BYTES);
    expect(held()).toBeLessThan(HELD_BYTES + 2_000_000);
    expect(pair.program.writableLength).toBeGreaterThan(10_000_000);
    await hold.undo();
    expect(await pair.serverGot(40 * frame.length)).toBe(hash(Buffer.concat(Array.from({ length: 40 }, () => frame))));
  });
});

describe("endings", () => {
  const whole = Buffer.from("PUB a 5\r\nhello\r\nPUB b 3\r\nend\r\n");

  it.each(["program", "server"] as const)("of the %s arrive after the last byte, wherever the stream is torn", async (side) => {
    for (let at = 0; at <= whole.length; at += 2) {
      await using pair = await openPair();
      const [from, to, got] = side === "program" ? [pair.program, pair.server, pair.serverGot] : [pair.server, pair.program, pair.programGot];
      from.end(whole.subarray(0, at));
      await ended(to);
      expect(await got(at)).toBe(hash(whole.subarray(0, at)));
    }
  });

  it("leave the other direction open", async () => {
    await using pair = await openPair();
    pair.program.end("PING\r\n");
    await ended(pair.server);
    pair.server.end("PONG\r\n");
    await ended(pair.program);
    expect(await pair.programGot(6)).toBe(hash(Buffer.from("PONG\r\n")));
  });

  it.each(["program", "server"] as const)("by a reset of the %s arrive as a reset, after what was sent before", async (side) => {
    await using pair = await openPair({ program: `reset by ${side}` });
    const [from, to, got] = side === "program" ? [pair.program, pair.server, pair.serverGot] : [pair.server, pair.program, pair.programGot];
    from.write(whole);
    expect(await got(whole.length)).toBe(hash(whole));
    const error = new Promise<NodeJS.ErrnoException>((resolve) => void to.once("error", resolve));
    from.resetAndDestroy();
    expect((await error).code).toBe("ECONNRESET");
    expect(record.where({ program: `reset by ${side}`, kind: "disconnect" }).map((event) => event.note)).toEqual([`reset by the ${side}`]);
  });

  it("wait for a slow wire, and for what a gate keeps", async () => {
    await using pair = await openPair({ program: "late" });
    const slow = tap.slow({ program: "late", ms: 30 });
    const hold = tap.hold("publish", { program: "late", subject: "b" });
    pair.program.end(whole);
    await until("the frame that nobody holds", () => pair.serverHas() === 16);
    expect(pair.server.readableEnded).toBe(false);
    await hold.undo();
    await ended(pair.server);
    expect(await pair.serverGot(whole.length)).toBe(hash(whole));
    await slow.undo();
  });
});

describe("a thousand connections", () => {
  it("come and go, and leave nothing behind", async () => {
    await using wire: Wire = await openWire();
    const before = wire.record.events.length;
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 50 }, (_, n) => visit(wire, `v${round}.${n}`, n)));
    await until("the last end", () => wire.tap.counts().connections === 0);
    expect(wire.record.events.slice(before).filter((event) => event.kind === "connect")).toHaveLength(1_000);
    expect(wire.record.where({ kind: "disconnect" })).toHaveLength(1_000);
    expect(wire.tap.counts()).toEqual({ toProgram: 0, toServer: 1_000, connections: 0, blind: 0 });
    expect(wire.tap.links().reduce((sum, link) => sum + link.buffered, 0)).toBe(0);
    const connz = await until("the server to have let go", async () => {
      const { connections } = await wire.server.get<{ connections: unknown[] }>("/connz");
      return connections.length === 0 && "nobody left";
    });
    expect(connz).toBe("nobody left");
  });
});

// Every third is a reset, the others half-close: all have published by then.
async function visit(wire: Wire, name: string, n: number): Promise<void> {
  const socket = connectSocket({ port: wire.door.port, host: "127.0.0.1" }).on("error", () => {});
  const answered = new Promise<void>((resolve) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => ((text += chunk.toString()), text.includes("PONG") && resolve()));
  });
  socket.write(`CONNECT {"verbose":false,"name":"${name}"}\r\nPUB visits 2\r\nhi\r\nPING\r\n`);
  await answered;
  if (n % 3 === 0) socket.resetAndDestroy();
  else socket.end();
}

interface Pair extends AsyncDisposable {
  program: Socket;
  server: Socket;
  serverHas(): number;
  /** The hash of everything that came, once `length` bytes are there. */
  serverGot(length: number): Promise<string>;
  programGot(length: number): Promise<string>;
}

let pairs = 0;

async function openPair({ program = `pair ${++pairs}` } = {}): Promise<Pair> {
  const far = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => void far.listen(0, "127.0.0.1", resolve));
  const door = await tap.door({ to: { host: "127.0.0.1", port: (far.address() as AddressInfo).port }, as: { program, life: 1 } });
  const accepted = new Promise<Socket>((resolve) => void far.once("connection", resolve));
  const near = connectSocket({ port: door.port, host: "127.0.0.1", allowHalfOpen: true });
  const server = await accepted;
  const atServer = gather(server);
  const atProgram = gather(near);
  return {
    program: near, server,
    serverHas: () => atServer.length,
    serverGot: async (length) => (await until(`${length} bytes at the server`, () => atServer.length >= length || length === 0, 10_000), atServer.hash()),
    programGot: async (length) => (await until(`${length} bytes at the program`, () => atProgram.length >= length || length === 0, 10_000), atProgram.hash()),
    [Symbol.asyncDispose]: async () => {
      near.destroy();
      server.destroy();
      far.close();
      await door[Symbol.asyncDispose]();
      await until("both ends to be forgotten", () => tap.links().filter((link) => link.program === program).every((link) => !link.open));
    },
  };
}

function gather(socket: Socket): { readonly length: number; hash(): string } {
  const sum = createHash("sha256");
  let length = 0;
  socket.on("data", (chunk: Buffer) => {
    length += chunk.length;
    sum.update(chunk);
  });
  socket.on("error", () => {});
  return { get length() { return length; }, hash: () => sum.copy().digest("hex") };
}

async function ended(socket: Socket): Promise<void> {
  await until("the end of the stream", () => socket.readableEnded);
}

async function send(socket: Socket, chunks: Buffer[]): Promise<void> {
  for (const chunk of chunks) if (!socket.write(chunk)) await new Promise<void>((resolve) => void socket.once("drain", resolve));
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Some 200 frames as a client or a server would send them, headers and a payload of a megabyte among them. */
function conversation(random: () => number, direction: "to-server" | "to-program"): Buffer {
  const up = direction === "to-server";
  const frames: Buffer[] = [Buffer.from(up ? 'CONNECT {"name":"x"}\r\nSUB a.> q 1\r\n' : 'INFO {"client_id":4}\r\n')];
  for (let n = 0; n < 200; n++) frames.push(frame(random, up, n === 100 ? 1_048_576 : Math.floor(random() * random() * 3_000)));
  return Buffer.concat(frames);
}

function frame(random: () => number, up: boolean, size: number): Buffer {
  const payload = Buffer.from(Array.from({ length: Math.min(size, 500) }, () => Math.floor(random() * 256)));
  const body = Buffer.alloc(size, payload.length > 0 ? payload.toString("latin1") : "x", "latin1");
  const sid = up ? "" : " 1";
  const reply = random() < 0.5 ? " _INBOX.r" : "";
  if (random() < 0.1) return Buffer.from(random() < 0.5 ? "PING\r\n" : "+OK\r\n");
  if (random() < 0.5) return Buffer.concat([Buffer.from(`${up ? "PUB" : "MSG"} a.b${sid}${reply} ${size}\r\n`), body, Buffer.from("\r\n")]);
  const head = Buffer.from("NATS/1.0\r\nNats-Msg-Id: 7\r\n\r\n");
  return Buffer.concat([Buffer.from(`${up ? "HPUB" : "HMSG"} a.b${sid}${reply} ${head.length} ${head.length + size}\r\n`), head, body, Buffer.from("\r\n")]);
}
