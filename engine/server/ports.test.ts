import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePorts, isFree, nextFree, parseLsof, whoHas } from "./ports.ts";
import { startServer } from "./start.ts";

test("isFree() tells a taken port from a free one", async () => {
  await using taken = await taking();
  expect(await isFree(taken.port)).toBe(false);
  const [free = 0] = await freePorts(1);
  expect(await isFree(free)).toBe(true);
});

test("nextFree() passes over what is taken", async () => {
  await using taken = await taking();
  expect(await nextFree(taken.port)).toBeGreaterThan(taken.port);
});

test("nextFree() refuses where no port is left", async () => {
  await expect(nextFree(65_536)).rejects.toMatchObject({ name: "ServerError", next: "npm run doctor" });
});

test("freePorts() gives different ports", async () => {
  expect(new Set(await freePorts(8)).size).toBe(8);
});

test("whoHas() names the process that listens, and its command", async () => {
  await using server = await startServer({ name: "who-is-it" });
  const holder = await whoHas(server.port);
  expect(holder?.pid).toBe(server.pid);
  expect(holder?.command).toContain("nats-server");
  await using own = await taking();
  expect((await whoHas(own.port))?.pid).toBe(process.pid);
});

test("whoHas() says nobody for a port that is free", async () => {
  const [free = 0] = await freePorts(1);
  expect(await whoHas(free)).toBeUndefined();
});

test("parseLsof() reads the pid and the name", () => {
  expect(parseLsof("p4711\ncnats-server\nf7\n")).toEqual({ pid: 4711, command: "nats-server" });
  expect(parseLsof("")).toBeUndefined();
});

async function taking(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}
