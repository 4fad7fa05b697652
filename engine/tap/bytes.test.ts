import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRecord, type FlightRecord } from "#engine/record/flight.ts";
import { hash, openPair, send } from "./fixtures/pair.ts";
import { pieces, seeded, until } from "./fixtures/wire.ts";
import { HELD_BYTES } from "./lane.ts";
import { openTap, type Tap } from "./tap.ts";

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
      await using pair = await openPair(tap);
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
      await using pair = await openPair(tap);
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
      await using pair = await openPair(tap);
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
    await using pair = await openPair(tap, { program: "stranger" });
    const garbage = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 256));
    const random = seeded(7);
    await Promise.all([send(pair.program, pieces(garbage, random, 9_000)), send(pair.server, pieces(garbage, random, 9_000))]);
    expect([await pair.serverGot(garbage.length), await pair.programGot(garbage.length)]).toEqual([hash(garbage), hash(garbage)]);
    const errors = record.where({ program: "stranger", kind: "error" });
    expect(errors.map((event) => /cannot read this connection (\S+)/.exec(event.note ?? "")?.[1]).sort()).toEqual(["to-program", "to-server"]);
    expect(tap.counts().blind).toBe(2);
  });

  it("that are no NATS go on unread past a gate as well", async () => {
    await using pair = await openPair(tap, { program: "stranger#2" });
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
    await using pair = await openPair(tap, { program: `slow ${reader}` });
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
    await using pair = await openPair(tap, { program: "held" });
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
