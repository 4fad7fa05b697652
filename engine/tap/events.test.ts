import { connect as connectSocket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AckPolicy, jetstream, type Consumer, type JetStreamManager } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import type { FlightEvent } from "#engine/record/events.ts";
import { openWire, until, type Wire } from "./fixtures/wire.ts";

let wire: Wire;
let jsm: JetStreamManager;
let names = 0;

beforeAll(async () => {
  wire = await openWire();
  jsm = await wire.jsm();
  await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"] });
});
afterAll(() => wire[Symbol.asyncDispose]());

describe("events of core NATS", () => {
  it("tell the connection, its name, its subscriptions and its end", async () => {
    const nc = await wire.connect("kitchen");
    const sub = nc.subscribe("food.*", { queue: "cooks" });
    sub.unsubscribe(5);
    nc.subscribe("drinks.>").unsubscribe();
    await nc.flush();
    const cid = nc.info!.client_id;
    await nc.close();
    await until("the disconnect", () => wire.of("kitchen", "disconnect")[0]);
    expect(wire.of("kitchen").map(essence)).toEqual([
      { kind: "connect", note: "kitchen", port: wire.door.port, connection: cid }, { kind: "ping", connection: cid }, { kind: "pong", connection: cid },
      { kind: "subscribe", subject: "food.*", queue: "cooks", sid: "1", connection: cid },
      { kind: "unsubscribe", subject: "food.*", queue: "cooks", sid: "1", note: "max 5", connection: cid },
      { kind: "subscribe", subject: "drinks.>", sid: "2", connection: cid },
      { kind: "unsubscribe", subject: "drinks.>", sid: "2", connection: cid },
      { kind: "ping", connection: cid }, { kind: "pong", connection: cid },
      { kind: "disconnect", note: "closed by the program", port: wire.door.port, connection: cid },
    ]);
  });

  it("are named after the connection's identity, else its name, else its number", async () => {
    const as = await wire.connect("anything", { program: "worker#2", life: 3 });
    const bare = await wire.direct();
    const { connect } = await import("@nats-io/transport-node");
    const nameless = await connect({ servers: wire.door.url, reconnect: false });
    await Promise.all([as.flush(), nameless.flush()]);
    expect(wire.of("worker#2", "connect")[0]).toMatchObject({ life: 3, note: "anything", connection: as.info!.client_id });
    expect(wire.of(`client ${nameless.info!.client_id}`, "connect")).toHaveLength(1);
    expect(wire.record.where({ connection: bare.info!.client_id })).toEqual([]);
    await nameless.close();
  });

  it("keep payload and headers: the exact case, the first 256 bytes, base64 for what is no text", async () => {
    const nc = await wire.connect(name());
    nc.subscribe("body.>");
    const fields = headers();
    fields.append("Ce-ID", "1");
    fields.append("Ce-ID", "zwei");
    fields.append("ce-id", "3");
    nc.publish("body.headers", "grün", { headers: fields });
    nc.publish("body.long", `${"x".repeat(255)}ü and more`);
    nc.publish("body.binary", new Uint8Array([0xff, 0, 1]));
    nc.publish("body.empty");
    await nc.flush();
    const sent = wire.record.where((event) => event.kind === "publish" && event.subject?.startsWith("body.") === true);
    expect(sent.map(({ payload, size, headers, base64 }) => ({ payload, size, headers, base64 }))).toEqual([
      { payload: "grün", size: 5, headers: { "Ce-ID": ["1", "zwei"], "ce-id": ["3"] } },
      { payload: "x".repeat(255), size: 266 }, { payload: "/wAB", size: 3, base64: true }, { size: 0 },
    ]);
    const got = wire.record.where((event) => event.kind === "deliver" && event.subject?.startsWith("body.") === true);
    expect(got.map(({ payload, headers }) => ({ payload, headers }))).toEqual(sent.map(({ payload, headers }) => ({ payload, headers })));
  });

  it("pair a reply with its request, and silence with the subject that nobody hears", async () => {
    const nc = await wire.connect(name());
    const server = await wire.direct();
    server.subscribe("prices.get", { callback: (_error, message) => void message.respond("1999") });
    await server.flush();
    await nc.request("prices.get", "mug");
    await nc.request("nobody.home").catch(() => {});
    const mine = wire.record.where({ connection: nc.info!.client_id });
    expect(mine.filter((event) => event.kind === "deliver").map(essence)).toMatchObject([{ request: "prices.get", payload: "1999" }]);
    expect(mine.filter((event) => event.kind === "status").map(essence)).toMatchObject([{ status: 503, subject: "nobody.home", request: "nobody.home" }]);
  });

  it("tell errors of the server", async () => {
    const program = name();
    const socket = connectSocket({ port: wire.door.port, host: "127.0.0.1" });
    socket.write(`CONNECT {"verbose":true,"name":"${program}"}\r\nSUB two..dots 1\r\nSUB fine 2\r\n`);
    const error = await until("the error", () => wire.of(program, "error")[0]);
    socket.destroy();
    expect(error.note).toBe("Invalid Subject");
    expect(wire.of(program, "subscribe").map((event) => event.subject)).toEqual(["two..dots", "fine"]);
  });
});

describe("events of JetStream", () => {
  let nc: NatsConnection;
  let mine: (kind?: FlightEvent["kind"]) => Partial<FlightEvent>[];

  async function fresh(): Promise<void> {
    nc = await wire.connect(name());
    const connection = nc.info!.client_id;
    mine = (kind) => wire.record.where({ connection, ...(kind ? { kind } : {}) }).map(essence);
  }

  it("pair a PubAck with the subject it acknowledges; a duplicate and a refusal say so", async () => {
    await fresh();
    await jsm.streams.add({ name: "SMALL", subjects: ["small.>"], max_msgs: 1, discard: "new" as never });
    const js = jetstream(nc);
    await js.publish("small.a", "1", { msgID: "one" });
    await js.publish("small.a", "1", { msgID: "one" });
    await js.publish("small.b", "2").catch(() => {});
    const replies = mine("publish").map((event) => event.reply);
    expect(mine("puback").map(({ connection: _connection, ...event }) => event)).toEqual([
      { kind: "puback", subject: "small.a", reply: replies[0], stream: "SMALL", sequence: 1 },
      { kind: "puback", subject: "small.a", reply: replies[1], stream: "SMALL", sequence: 1, note: "duplicate" },
      { kind: "puback", subject: "small.b", reply: replies[2], status: 10077, note: "maximum messages exceeded" },
    ]);
  });

  it("tell a refused API request by its error code", async () => {
    await fresh();
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const mineToo = await jetstreamManager(nc);
    await mineToo.streams.add({ name: "ORDERS", subjects: ["orders.>"], max_msgs: 5 }).catch(() => {});
    await mineToo.streams.info("NOPE").catch(() => {});
    expect(mine("deliver").filter((event) => event.status)).toMatchObject([
      { request: "$JS.API.STREAM.CREATE.ORDERS", status: 10058 }, { request: "$JS.API.STREAM.INFO.NOPE", status: 10059 },
    ]);
  });

  it("tell pulls, deliveries, nak, term, working, ack, double ack and redelivery", async () => {
    await fresh();
    const consumer = await aConsumer();
    const take = async () => (await consumer.next({ expires: 5_000 }))!;
    const order = async () => (await jetstream(nc).publish(`orders.placed.${consumerName}`, "x"), take());
    (await order()).nak(20);
    (await take()).ack();
    (await order()).term("no such sku");
    const slow = await order();
    slow.working();
    slow.ack();
    await (await order()).ackAck();
    (await order()).nak();
    (await take()).ack();
    await nc.flush();
    const spoken = mine().filter((event) => ["nak", "term", "progress", "ack"].includes(event.kind!));
    expect(spoken.map(({ kind, delay, note, deliveries, reply }) => ({ kind, delay, note, deliveries, asks: reply !== undefined }))).toEqual([
      { kind: "nak", delay: 20, deliveries: 1, asks: false }, { kind: "ack", deliveries: 2, asks: false },
      { kind: "term", note: "no such sku", deliveries: 1, asks: false },
      { kind: "progress", deliveries: 1, asks: false }, { kind: "ack", deliveries: 1, asks: false },
      { kind: "ack", deliveries: 1, asks: true },
      { kind: "nak", deliveries: 1, asks: false }, { kind: "ack", deliveries: 2, asks: false },
    ]);
    expect(mine("deliver").filter((event) => event.stream)).toHaveLength(7);
    expect(spoken.every((event) => event.subject?.startsWith("orders.placed.") && event.stream === "ORDERS" && event.consumer === consumerName)).toBe(true);
    expect(mine("deliver").filter((event) => event.note === "ack confirmed")).toHaveLength(1);
  });

  it("tell what a pull asks for, and its statuses", async () => {
    await fresh();
    const consumer = await aConsumer();
    for await (const _ of await consumer.fetch({ max_messages: 7, expires: 1_000 })) expect.unreachable();
    expect(mine("pull")).toMatchObject([{ batch: 7, expires: 1_000, heartbeat: 500, stream: "ORDERS", consumer: consumerName }]);
    expect(mine("status").map(({ status, stream, consumer, note }) => ({ status, stream, consumer, note }))).toEqual([
      { status: 100, stream: "ORDERS", consumer: consumerName, note: "Idle Heartbeat" },
      { status: 408, stream: "ORDERS", consumer: consumerName, note: "Request Timeout" },
    ]);
  });

  it("tell a refused pull by 409, and a pull to nobody by 503", async () => {
    await fresh();
    const consumer = await aConsumer();
    const waiting = consumer.next({ expires: 5_000 }).catch(() => {});
    await until("the pull", () => mine("pull")[0]);
    await until("the pull at the server", async () => (await jsm.consumers.info("ORDERS", consumerName)).num_waiting === 1);
    await jsm.consumers.delete("ORDERS", consumerName);
    await waiting;
    await consumer.next({ expires: 1_000 }).catch(() => {});
    expect(mine("status").map((event) => event.status)).toEqual(expect.arrayContaining([409, 503]));
  });

  let consumerName = "";

  async function aConsumer(): Promise<Consumer> {
    consumerName = name();
    const subject = `orders.placed.${consumerName}`;
    await jsm.consumers.add("ORDERS", { durable_name: consumerName, ack_policy: AckPolicy.Explicit, filter_subject: subject });
    return jetstream(nc).consumers.get("ORDERS", consumerName);
  }
});

describe("counts", () => {
  it("are those of the server", async () => {
    const nc = await wire.connect(name());
    const sub = nc.subscribe("count.>");
    for (let n = 0; n < 500; n++) nc.publish(`count.${n}`, "x".repeat(n));
    await nc.request("nobody.counts").catch(() => {});
    await nc.flush();
    const { connections } = await wire.server.get<{ connections: { cid: number; in_msgs: number; out_msgs: number }[] }>("/connz");
    const theirs = connections.find(({ cid }) => cid === nc.info!.client_id)!;
    const link = await until("the last delivery", () => wire.tap.links().find(({ connection, delivered }) => connection === theirs.cid && delivered >= theirs.out_msgs));
    expect({ in: link.published, out: link.delivered, waiting: link.waiting }).toEqual({ in: theirs.in_msgs, out: theirs.out_msgs, waiting: 0 });
    expect(wire.tap.counts(link.program)).toEqual({ toProgram: link.delivered, toServer: link.published, connections: 1, blind: expect.any(Number) });
    expect(sub.getReceived()).toBe(500);
  });
});

function name(): string {
  return `n${++names}`;
}

/** An event without what differs in every run. */
function essence({ t: _t, program: _program, life: _life, ...event }: FlightEvent): Partial<FlightEvent> {
  return event;
}
