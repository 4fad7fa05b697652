import { connect as connectSocket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRecord, type FlightRecord } from "#engine/record/flight.ts";
import { ended, hash, openPair } from "./fixtures/pair.ts";
import { openWire, until, type Wire } from "./fixtures/wire.ts";
import { openTap, type Tap } from "./tap.ts";

let record: FlightRecord;
let tap: Tap;

beforeAll(async () => {
  record = openRecord();
  tap = await openTap({ record });
});
afterAll(() => tap[Symbol.asyncDispose]());

describe("endings", () => {
  const whole = Buffer.from("PUB a 5\r\nhello\r\nPUB b 3\r\nend\r\n");

  it.each(["program", "server"] as const)("of the %s arrive after the last byte, wherever the stream is torn", async (side) => {
    for (let at = 0; at <= whole.length; at += 2) {
      await using pair = await openPair(tap);
      const [from, to, got] = side === "program" ? [pair.program, pair.server, pair.serverGot] : [pair.server, pair.program, pair.programGot];
      from.end(whole.subarray(0, at));
      await ended(to);
      expect(await got(at)).toBe(hash(whole.subarray(0, at)));
    }
  });

  it("leave the other direction open", async () => {
    await using pair = await openPair(tap);
    pair.program.end("PING\r\n");
    await ended(pair.server);
    pair.server.end("PONG\r\n");
    await ended(pair.program);
    expect(await pair.programGot(6)).toBe(hash(Buffer.from("PONG\r\n")));
  });

  it.each(["program", "server"] as const)("by a reset of the %s arrive as a reset, after what was sent before", async (side) => {
    await using pair = await openPair(tap, { program: `reset by ${side}` });
    const [from, to, got] = side === "program" ? [pair.program, pair.server, pair.serverGot] : [pair.server, pair.program, pair.programGot];
    for (const at of [3, 9, 16, 22]) {
      await using torn = await openPair(tap);
      const [torn0, torn1, arrived] = side === "program" ? [torn.program, torn.server, torn.serverGot] : [torn.server, torn.program, torn.programGot];
      torn0.write(whole.subarray(0, at));
      await arrived(at);
      torn0.resetAndDestroy();
      await until("the reset of a torn stream", () => torn1.destroyed);
      expect(await arrived(at)).toBe(hash(whole.subarray(0, at)));
    }
    from.write(whole);
    expect(await got(whole.length)).toBe(hash(whole));
    const error = new Promise<NodeJS.ErrnoException>((resolve) => void to.once("error", resolve));
    from.resetAndDestroy();
    expect((await error).code).toBe("ECONNRESET");
    expect(record.where({ program: `reset by ${side}`, kind: "disconnect" }).map((event) => event.note)).toEqual([`reset by the ${side}`]);
  });

  it("wait for a slow wire, and for what a gate keeps", async () => {
    await using pair = await openPair(tap, { program: "late" });
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

  it("that the closing of the tap interrupts leave no socket open", async () => {
    const closing = await openTap({ record });
    await using pair = await openPair(closing, { program: "cut short" });
    const hold = closing.hold("publish", { program: "cut short", subject: "b" });
    pair.program.end(whole);
    await until("the frame that nobody holds", () => pair.serverHas() === 16);
    // What was kept goes on, and the end behind it: both are still to be written when the tap closes.
    await Promise.all([hold.undo(), closing[Symbol.asyncDispose]()]);
    await until("the server to hear that nobody is there", () => (pair.server.write("PONG\r\n"), pair.server.destroyed));
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
