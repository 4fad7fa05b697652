import { connect as connectSocket, createServer } from "node:net";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager, type StorageType } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { startServer, type NatsServer } from "./start.ts";

const file = "file" as StorageType;

test("startServer() listens on loopback, on free ports, with JetStream and a name", async () => {
  await using server = await startServer({ name: "the shop" });
  const facts = await server.get<{ server_name: string; host: string; port: number; http_host: string; jetstream: { config: { store_dir: string } } }>("/varz");
  expect(facts).toMatchObject({ server_name: "the-shop", host: "127.0.0.1", port: server.port, http_host: "127.0.0.1" });
  expect(facts.jetstream.config.store_dir.startsWith(server.store)).toBe(true);
  expect(server.url).toBe(`nats://127.0.0.1:${server.port}`);
  expect(server.state).toBe("running");
});

test("startServer() without JetStream refuses streams", async () => {
  await using server = await startServer({ jetstream: false });
  await using client = await clientOf(server);
  await expect(jetstreamManager(client.nats)).rejects.toThrow(/jetstream/i);
});

test("startServer() of several at once gives each its own ports and store", async () => {
  const servers = await Promise.all([startServer(), startServer(), startServer()]);
  expect(new Set(servers.map(({ port }) => port)).size).toBe(3);
  expect(new Set(servers.map(({ store }) => store)).size).toBe(3);
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
});

test("startServer() on a taken port fails with the server's own words", async () => {
  await using taken = await listener();
  await expect(startServer({ port: taken.port })).rejects.toThrow(/ended with code 1 before it was ready[\s\S]*address already in use/);
  await expect(startServer({ port: taken.port })).rejects.toMatchObject({ name: "ServerError", next: "npm run doctor" });
});

test("startServer() with a binary that is not there names it", async () => {
  await expect(startServer({ binary: "/no/such/nats-server" })).rejects.toThrow("Cannot start /no/such/nats-server: spawn /no/such/nats-server ENOENT");
});

test("restart() keeps ports, store and streams after kill()", async () => {
  await using server = await startServer();
  const { url, monitor, store } = server;
  await fill(server, 3);
  await server.kill();
  expect(server.state).toBe("gone");
  expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
  await server.restart();
  expect([server.url, server.monitor, server.store]).toEqual([url, monitor, store]);
  expect(await messagesIn(server)).toBe(3);
});

test("restart() of a running server is a new process on the same port", async () => {
  await using server = await startServer();
  const { pid, port } = server;
  await server.restart();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
});

test("restart() waits for its port when somebody else has it for a moment", async () => {
  await using server = await startServer();
  await server.stop();
  const taken = await listener(server.port);
  const back = server.restart();
  await until(() => server.log().includes("address already in use"));
  await taken[Symbol.asyncDispose]();
  await back;
  expect(server.state).toBe("running");
});

test("stop() ends the server in good order", async () => {
  await using server = await startServer();
  await server.stop();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(server.log()).toContain("Initiating Shutdown");
});

test("stop() of a paused server ends it in good order", async () => {
  await using server = await startServer();
  server.pause();
  await server.stop();
  expect((await server.exited).code).toBe(0);
});

test("pause() leaves the port open and silent, resume() goes on", async () => {
  await using server = await startServer();
  server.pause();
  expect(server.state).toBe("paused");
  await expect(server.get("/varz")).rejects.toThrow(/must be running: it is paused/);
  const greeting = firstLineFrom(server.port);
  await until(() => greeting.connected);
  expect(greeting.line).toBeUndefined();
  server.resume();
  await until(() => greeting.line !== undefined);
  expect(greeting.line).toMatch(/^INFO /);
});

test("a client that lost its server finds it again after restart()", async () => {
  await using server = await startServer();
  await using client = await clientOf(server, { reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  const received: string[] = [];
  client.nats.subscribe("orders.placed", { callback: (_error, message) => void received.push(message.string()) });
  await client.nats.flush();
  await server.kill();
  await server.restart();
  await until(async () => (await subscriptionsOn(server)) === 1);
  client.nats.publish("orders.placed", "after");
  await until(() => received.length === 1);
  expect(received).toEqual(["after"]);
});

test("dispose ends a paused server, may be repeated, and removes the temporary store", async () => {
  const server = await startServer();
  const folder = join(server.store, "..");
  server.pause();
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  expect(server.state).toBe("gone");
  await expect(stat(folder)).rejects.toThrow("ENOENT");
  await expect(server.restart()).rejects.toThrow("must be open: it is closed");
  await expect(server.get("/varz")).rejects.toThrow("it was ended by SIGKILL");
});

test("a store that the caller named is kept, whatever its path is called", async () => {
  const store = await mkdtemp(join(tmpdir(), "workshop store ü "));
  {
    await using server = await startServer({ store });
    await fill(server, 2);
  }
  await using server = await startServer({ store });
  expect(await messagesIn(server)).toBe(2);
  await rm(store, { recursive: true });
});

test("the reaper is told the group, the folder, and the end", async () => {
  const told: string[] = [];
  const reaper = { group: (pid: number) => void told.push(`group ${pid}`), forget: (pid: number) => void told.push(`forget ${pid}`), folder: (path: string) => void told.push(`folder ${path}`) };
  const server = await startServer({ reaper });
  const { pid, store } = server;
  expect(await groupOf(pid)).toBe(pid);
  await server[Symbol.asyncDispose]();
  expect(told).toEqual([`folder ${join(store, "..")}`, `group ${pid}`, `forget ${pid}`]);
});

test("get() says what the server answers when it says no", async () => {
  await using server = await startServer();
  await expect(server.get("/nothing-here")).rejects.toThrow(/Cannot ask .*nothing-here: answered 404/);
});

test("get() after restart() asks the new process over a new connection", async () => {
  await using server = await startServer();
  const before = await server.get<{ server_id: string }>("/varz");
  await server.kill();
  await server.restart();
  expect((await server.get<{ server_id: string }>("/varz")).server_id).not.toBe(before.server_id);
});

async function clientOf(server: NatsServer, options: object = {}): Promise<{ nats: NatsConnection } & AsyncDisposable> {
  const nats = await connect({ servers: server.url, ...options });
  return { nats, [Symbol.asyncDispose]: () => nats.close() };
}

async function fill(server: NatsServer, count: number): Promise<void> {
  await using client = await clientOf(server);
  await (await jetstreamManager(client.nats)).streams.add({ name: "ORDERS", subjects: ["orders.>"], storage: file });
  for (let number = 0; number < count; number++) await jetstream(client.nats).publish("orders.placed", String(number));
}

async function messagesIn(server: NatsServer): Promise<number> {
  await using client = await clientOf(server);
  return (await (await jetstreamManager(client.nats)).streams.info("ORDERS")).state.messages;
}

async function subscriptionsOn(server: NatsServer): Promise<number> {
  const { connections } = await server.get<{ connections: { subscriptions: number }[] }>("/connz");
  return connections.reduce((sum, { subscriptions }) => sum + subscriptions, 0);
}

async function listener(port = 0): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}

function firstLineFrom(port: number): { connected: boolean; line?: string } {
  const seen: { connected: boolean; line?: string } = { connected: false };
  const socket = connectSocket(port, "127.0.0.1", () => void (seen.connected = true));
  socket.once("data", (data) => ((seen.line = data.toString()), socket.destroy()));
  return seen;
}

async function groupOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
  return Number(fields[2]);
}

async function until(condition: () => boolean | Promise<boolean>, within = 10_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
