import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { openWire, until, type Wire } from "./fixtures/wire.ts";

let wire: Wire;
let nc: NatsConnection;
let me = "";
let round = 0;

beforeAll(async () => {
  wire = await openWire();
});
afterAll(() => wire[Symbol.asyncDispose]());

beforeEach(async () => {
  me = `program#${++round}`;
  nc = await wire.connect("any", { program: me, life: 1 });
});

describe("slow()", () => {
  it("delays each way by its milliseconds and keeps the order; undo() lets what is queued go at once", async () => {
    const got: string[] = [];
    nc.subscribe("slow", { callback: (_error, message) => void got.push(message.string()) });
    await nc.flush();
    const fault = wire.tap.slow({ program: me, ms: 60, direction: "to-program" });
    const before = performance.now();
    await nc.flush();
    expect(performance.now() - before).toBeGreaterThanOrEqual(58);
    const both = wire.tap.slow({ program: me, ms: 10_000 });
    for (let n = 0; n < 50; n++) nc.publish("slow", String(n));
    await until("the hits", () => both.hits > 0);
    expect(got).toEqual([]);
    const undone = performance.now();
    await both.undo();
    await fault.undo();
    await until("all of them", () => got.length === 50);
    expect(performance.now() - undone).toBeLessThan(5_000);
    expect(got).toEqual(Array.from({ length: 50 }, (_, n) => String(n)));
  });

  it("counts what is on its way as waiting, and as never delivered when the program leaves", async () => {
    nc.subscribe("rush");
    await nc.flush();
    const fault = wire.tap.slow({ program: me, ms: 200, direction: "to-program" });
    for (let n = 0; n < 7; n++) nc.publish("rush", "x");
    await until("seven on their way", () => link().waiting === 7);
    expect(wire.of(me, "deliver")).toEqual([]);
    await nc.close();
    await until("the end", () => !link().open);
    await fault.undo();
    expect(link()).toMatchObject({ waiting: 7, delivered: 0 });
  });

  it("leaves other programs alone", async () => {
    const other = await wire.connect("any", { program: "other", life: 1 });
    const fault = wire.tap.slow({ program: me, ms: 20_000 });
    await other.flush();
    expect(fault.hits).toBe(0);
    await fault.undo();
  });
});

describe("cut()", () => {
  it("closes the connections it means, and only those", async () => {
    const other = await wire.connect("any", { program: "spared", life: 1 });
    const fault = wire.tap.cut({ program: me, life: 1 });
    expect(fault.hits).toBe(1);
    await nc.closed();
    await other.flush();
    expect(wire.of(me, "disconnect").map((event) => event.note)).toEqual(["cut by the tap"]);
    expect(wire.tap.faults).toEqual([]);
    await other.close();
  });

  it("lets a program that reconnects come back", async () => {
    const door = await wire.tap.door({ to: wire.server, as: { program: `${me} again`, life: 1 } });
    const again = await connect({ servers: door.url, reconnectTimeWait: 10 });
    wire.tap.cut({ program: `${me} again` });
    await until("the second connection", () => door.dials === 2 && wire.of(`${me} again`, "connect").length === 2);
    await again.flush();
    await again.close();
  });

  it("with refuse keeps the door shut until undo()", async () => {
    const as = { program: `${me} shut`, life: 1 };
    const door = await wire.tap.door({ to: wire.server, as });
    const shut = await connect({ servers: door.url, reconnectTimeWait: 10, maxReconnectAttempts: -1 });
    const fault = wire.tap.cut({ program: as.program, refuse: true });
    await expect(connect({ servers: door.url, reconnect: false })).rejects.toThrow(/refused/i);
    expect(door.dials).toBe(1);
    await fault.undo();
    await until("the second connection", () => wire.of(as.program, "connect").length === 2);
    await shut.flush();
    await shut.close();
  });

  it("with refuse meets a nameless door's program once it tells its name", async () => {
    const name = `${me} by name`;
    const fault = wire.tap.cut({ program: name, refuse: true });
    await expect(connect({ servers: wire.door.url, name, reconnect: false })).rejects.toThrow();
    const spared = await connect({ servers: wire.door.url, name: "somebody else", reconnect: false });
    await spared.flush();
    expect(fault.hits).toBe(1);
    await fault.undo();
    const welcome = await connect({ servers: wire.door.url, name, reconnect: false });
    await Promise.all([welcome.close(), spared.close()]);
  });
});

function link() {
  return wire.tap.links().find((link) => link.program === me)!;
}
