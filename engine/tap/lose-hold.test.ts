import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AckPolicy, jetstream, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { openWire, until, type Wire } from "./fixtures/wire.ts";

let wire: Wire;
let jsm: JetStreamManager;
let nc: NatsConnection;
let me = "";
let round = 0;

beforeAll(async () => {
  wire = await openWire();
  jsm = await wire.jsm();
  await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"] });
});
afterAll(() => wire[Symbol.asyncDispose]());

beforeEach(async () => {
  me = `program#${++round}`;
  nc = await wire.connect("any", { program: me, life: 1 });
});

describe("lose()", () => {
  it("puback: the publisher waits in vain, the message is stored, the next PubAck arrives", async () => {
    const fault = wire.tap.lose("puback", { program: me });
    const js = jetstream(nc);
    await expect(js.publish("orders.lost", "1", { timeout: 150, msgID: "lost" })).rejects.toThrow(/timeout/i);
    expect(await js.publish("orders.lost", "1", { msgID: "lost" })).toMatchObject({ duplicate: true });
    await fault.hit;
    expect(fault.hits).toBe(1);
    expect(wire.tap.faults).toEqual([]);
    expect(wire.of(me, "fault").map((event) => event.note)).toEqual([`lose puback of ${me} 1 time`, "lost: puback"]);
    expect(wire.of(me, "fault")[1]).toMatchObject({ subject: "orders.lost", stream: "ORDERS", connection: nc.info!.client_id });
    expect(wire.of(me, "undo")).toHaveLength(1);
    expect(wire.of(me, "puback")).toHaveLength(1);
  });

  it("ack: the message comes again after its ack wait, the second ack settles it", async () => {
    const consumer = await withOrders(["a"]);
    const fault = wire.tap.lose("ack", { program: me, subject: `orders.${me}.a` });
    (await consumer.next({ expires: 3_000 }))!.ack();
    await fault.hit;
    const again = (await consumer.next({ expires: 3_000 }))!;
    again.ack();
    expect(again.info.deliveryCount).toBe(2);
    await until("the second ack at the server", async () => (await jsm.consumers.info("ORDERS", "c")).num_ack_pending === 0);
    expect(wire.of(me, "ack").map((event) => event.deliveries)).toEqual([1, 2]);
  });

  it("meets only what its subject names", async () => {
    const fault = wire.tap.lose("puback", { program: me, subject: "orders.b.>", times: 2 });
    const js = jetstream(nc);
    const ways = ["orders.a.1", "orders.b.1", "orders.a.2", "orders.b.2", "orders.b.3"].map((subject) => js.publish(subject, "x", { timeout: 300 }).then(() => subject, () => `no ack of ${subject}`));
    expect(await Promise.all(ways)).toEqual(["orders.a.1", "no ack of orders.b.1", "orders.a.2", "no ack of orders.b.2", "orders.b.3"]);
    expect(fault.hits).toBe(2);
  });

  it("undone before its time loses nothing", async () => {
    const fault = wire.tap.lose("puback", { program: me });
    await fault.undo();
    await fault.undo();
    await expect(jetstream(nc).publish("orders.kept", "1")).resolves.toMatchObject({ stream: "ORDERS" });
    expect(fault.hits).toBe(0);
    expect(wire.of(me, "undo")).toHaveLength(1);
  });
});

describe("hold()", () => {
  it("puback: keeps them in order until undo(), other frames pass", async () => {
    const fault = wire.tap.hold("puback", { program: me });
    const js = jetstream(nc);
    const acked: number[] = [];
    const all = Promise.all(Array.from({ length: 5 }, async (_, n) => acked.push((await js.publish("orders.held", String(n))).seq)));
    await until("five PubAcks to be held", () => fault.hits === 5);
    await nc.flush();
    expect(acked).toEqual([]);
    expect(link()).toMatchObject({ waiting: 5 });
    await fault.undo();
    await all;
    expect(acked).toEqual([...acked].sort((a, b) => a - b));
    expect(acked).toHaveLength(5);
    expect(link()).toMatchObject({ waiting: 0 });
    expect(wire.of(me, "puback")).toHaveLength(5);
  });

  it("deliver: by subject and for a number of frames", async () => {
    const got: string[] = [];
    nc.subscribe("held.*", { callback: (_error, message) => void got.push(message.subject) });
    await nc.flush();
    const fault = wire.tap.hold("deliver", { program: me, subject: "held.b", times: 2 });
    const other = await wire.direct();
    for (const subject of ["held.b", "held.a", "held.b", "held.b", "held.c"]) other.publish(subject, "x");
    await until("the frames that pass", () => got.length === 3);
    expect(got).toEqual(["held.a", "held.b", "held.c"]);
    expect(wire.of(me, "deliver")).toHaveLength(3);
    await fault.undo();
    await until("the frames that were held", () => got.length === 5);
    expect(got.slice(3)).toEqual(["held.b", "held.b"]);
  });

  it("publish and ack: the server hears of them after undo()", async () => {
    const consumer = await withOrders(["a"]);
    const held = [wire.tap.hold("publish", { program: me, subject: "orders.*.later" }), wire.tap.hold("ack", { program: me })];
    nc.publish(`orders.${me}.later`, "x");
    (await consumer.next({ expires: 3_000 }))!.ack();
    await Promise.all(held.map((fault) => fault.hit));
    await nc.flush();
    expect((await jsm.consumers.info("ORDERS", "c")).num_ack_pending).toBe(1);
    expect(wire.of(me, "ack")).toHaveLength(1);
    const before = (await jsm.streams.info("ORDERS")).state.messages;
    for (const fault of held) await fault.undo();
    await until("the ack", async () => (await jsm.consumers.info("ORDERS", "c")).num_ack_pending === 0);
    await until("the message", async () => (await jsm.streams.info("ORDERS")).state.messages === before + 1);
  });

  it("pull: a request for messages waits, and is answered with what came meanwhile", async () => {
    await jsm.consumers.add("ORDERS", { durable_name: "asked", filter_subject: `orders.${me}`, ack_policy: AckPolicy.Explicit });
    const consumer = await jetstream(nc).consumers.get("ORDERS", "asked");
    const fault = wire.tap.hold("pull", { program: me, subject: "$JS.API.CONSUMER.MSG.NEXT.ORDERS.asked" });
    const next = consumer.next({ expires: 3_000 });
    await fault.hit;
    await jetstream(await wire.direct()).publish(`orders.${me}`, "meanwhile");
    expect((await jsm.consumers.info("ORDERS", "asked")).num_waiting).toBe(0);
    await fault.undo();
    expect((await next)?.string()).toBe("meanwhile");
  });

  it("where: what it does not mean passes", async () => {
    const got: string[] = [];
    nc.subscribe("choice", { callback: (_error, message) => void got.push(message.string()) });
    await nc.flush();
    const fault = wire.tap.hold("publish", { program: me, subject: "choice", where: ({ payload }) => payload === "stay" });
    for (const word of ["stay", "go"]) nc.publish("choice", word);
    await until("the one that passes", () => got.length === 1);
    expect(fault.hits).toBe(1);
    await fault.undo();
    await until("the other", () => got.length === 2);
    expect(got).toEqual(["go", "stay"]);
  });

  it("all: the wire is frozen both ways, and thaws in order", async () => {
    const got: string[] = [];
    nc.subscribe("thaw", { callback: (_error, message) => void got.push(message.string()) });
    await nc.flush();
    const fault = wire.tap.hold("all", { program: me });
    const answer = nc.flush().then(() => "flushed");
    for (let n = 0; n < 100; n++) nc.publish("thaw", String(n));
    await until("the frames to be held", () => fault.hits >= 101);
    expect(got).toEqual([]);
    await fault.undo();
    expect(await answer).toBe("flushed");
    await until("all of them", () => got.length === 100);
    expect(got).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  });

  it("two at once: what one lets go the other may keep", async () => {
    const got: string[] = [];
    nc.subscribe("two.*", { callback: (_error, message) => void got.push(message.subject) });
    await nc.flush();
    const all = wire.tap.hold("deliver", { program: me });
    const one = wire.tap.hold("deliver", { program: me, subject: "two.b" });
    nc.publish("two.a");
    nc.publish("two.b");
    await until("both to be held", () => all.hits === 2);
    await all.undo();
    await until("the free one", () => got.length === 1);
    expect(one.hits).toBe(1);
    await one.undo();
    await until("the other", () => got.length === 2);
    expect(got).toEqual(["two.a", "two.b"]);
  });

  it("what is held for a program that leaves is never delivered, and stays counted", async () => {
    nc.subscribe("gone");
    await nc.flush();
    const fault = wire.tap.hold("deliver", { program: me });
    for (let n = 0; n < 3; n++) nc.publish("gone", "x");
    await until("three to be held", () => fault.hits === 3);
    await nc.close();
    await until("the end", () => !link().open);
    await fault.undo();
    expect(link()).toMatchObject({ waiting: 3, delivered: 0 });
    expect(wire.of(me, "deliver")).toEqual([]);
  });
});

function link() {
  return wire.tap.links().find((link) => link.program === me)!;
}

async function withOrders(names: string[]) {
  await jsm.consumers.delete("ORDERS", "c").catch(() => {});
  await jsm.consumers.add("ORDERS", { durable_name: "c", ack_policy: AckPolicy.Explicit, ack_wait: 1_000_000_000, filter_subject: `orders.${me}.>` });
  const js = jetstream(await wire.direct());
  for (const name of names) await js.publish(`orders.${me}.${name}`, name);
  return jetstream(nc).consumers.get("ORDERS", "c");
}
