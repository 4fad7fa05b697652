import { createServer, connect as connectSocket, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "@nats-io/transport-node";
import { openWire, until, type Wire } from "./fixtures/wire.ts";

let wire: Wire;

beforeAll(async () => {
  wire = await openWire();
});
afterAll(() => wire[Symbol.asyncDispose]());

describe("a door", () => {
  it("says what to do when its port is taken", async () => {
    await expect(wire.tap.door({ to: wire.server, port: wire.door.port })).rejects.toThrow(`Cannot listen on 127.0.0.1:${wire.door.port}: another program has this port. Stop it, or choose other ports, for example: npm start -- --port 4322`);
  });

  it("listens on the loopback address only", async () => {
    const elsewhere = connectSocket({ port: wire.door.port, host: "127.0.0.2" });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => void elsewhere.once("error", resolve));
    expect(error.code).toBe("ECONNREFUSED");
  });

  it("passes INFO on untouched", async () => {
    const [through, past] = await Promise.all([firstLine(wire.door.port), firstLine(wire.server.port)]);
    const known = ({ client_id: _id, client_ip: _ip, ...info }: Record<string, unknown>) => info;
    expect(known(through)).toEqual(known(past));
    expect(through.port).toBe(wire.server.port);
  });

  it("refuses while it is told to, and lets those that stand, stand", async () => {
    const door = await wire.tap.door({ to: wire.server });
    const nc = await connect({ servers: door.url, reconnect: false });
    door.refuse();
    await expect(connect({ servers: door.url, reconnect: false })).rejects.toThrow(/refused/i);
    await nc.flush();
    await door.accept();
    await expect(connect({ servers: door.url, reconnect: false }).then((back) => back.close())).resolves.toBeUndefined();
    expect(door.dials).toBe(2);
    expect(door.lastDial).toBeGreaterThan(0);
    await nc.close();
  });

  it("that was refused twice accepts after the second accept()", async () => {
    const door = await wire.tap.door({ to: wire.server });
    door.refuse();
    door.refuse();
    await door.accept();
    await expect(connect({ servers: door.url, reconnect: false })).rejects.toThrow(/refused/i);
    await door.accept();
    await (await connect({ servers: door.url, reconnect: false })).close();
  });

  it("tells a program at once that no server is behind it", async () => {
    const port = await freePort();
    const door = await wire.tap.door({ to: { host: "127.0.0.1", port }, as: { program: "early", life: 1 } });
    await expect(connect({ servers: door.url, reconnect: false })).rejects.toThrow();
    expect(wire.of("early")).toMatchObject([{ kind: "disconnect", port: door.port, note: `no server at 127.0.0.1:${port}` }]);
    expect(door.dials).toBe(1);
  });

  it("leads nowhere, and then to a server, as it is told; dials are counted all the while", async () => {
    const door = await wire.tap.door({ to: { host: "127.0.0.1", port: await freePort() } });
    await expect(connect({ servers: door.url, reconnect: false })).rejects.toThrow();
    door.leadTo(wire.server);
    const nc = await connect({ servers: door.url, reconnect: false });
    expect(door.dials).toBe(2);
    expect(wire.tap.links().at(-1)?.server).toBe(wire.server.port);
    await nc.close();
    await door[Symbol.asyncDispose]();
  });

  it("is gone once it is disposed", async () => {
    const door = await wire.tap.door({ to: wire.server });
    await door[Symbol.asyncDispose]();
    await door.accept();
    await expect(connect({ servers: door.url, reconnect: false })).rejects.toThrow(/refused/i);
  });
});

describe("a program behind a door", () => {
  it("outlives a restart of the server", async () => {
    const own = await wire.tap.door({ to: wire.server, as: { program: "stayer", life: 2 } });
    const nc = await connect({ servers: own.url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
    await wire.server.kill();
    await until("the end", () => wire.of("stayer", "disconnect")[0]);
    await wire.server.restart();
    await until("the second connection", () => wire.of("stayer", "connect").length === 2);
    await nc.flush();
    const [first, second] = wire.tap.links().filter((link) => link.program === "stayer" && link.connection !== undefined);
    expect([first?.open, second?.open]).toEqual([false, true]);
    expect(wire.of("stayer", "disconnect")[0]?.note).toMatch(/(closed|reset) by the server/);
    await nc.close();
  });
});

describe("a tap", () => {
  it("leaves no interest on the server: silence stays silence", async () => {
    const nc = await connect({ servers: wire.door.url, reconnect: false });
    await expect(nc.request("nobody.home", "", { timeout: 5_000 })).rejects.toThrow(/no responders/i);
    const { num_subscriptions } = await wire.server.get<{ num_subscriptions: number }>("/subsz");
    const past = await connect({ servers: wire.server.url, reconnect: false });
    await past.request("nobody.home").catch(() => {});
    expect((await wire.server.get<{ num_subscriptions: number }>("/subsz")).num_subscriptions - num_subscriptions).toBe(1);
    await Promise.all([nc.close(), past.close()]);
  });
});

async function firstLine(port: number): Promise<Record<string, unknown>> {
  const socket = connectSocket({ port, host: "127.0.0.1" });
  let text = "";
  socket.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  await until("INFO", () => text.endsWith("\r\n"));
  socket.destroy();
  return JSON.parse(text.slice(5)) as Record<string, unknown>;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => void probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => void probe.close(resolve));
  return port;
}
