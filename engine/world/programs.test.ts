import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { charge, reserve, sendMail, ship, track, WorldError } from "#world";
import { ORDER, startCaller, textOf, worldOnRecord } from "./fixtures/harness.ts";

/** Lets this process's `#world` call the given address until the test ends. */
function useWorld(url: string): void {
  const before = process.env.WORLD_URL;
  process.env.WORLD_URL = url;
  onTestFinished(() => {
    if (before === undefined) delete process.env.WORLD_URL;
    else process.env.WORLD_URL = before;
  });
}

const EVENT = { id: "1001-placed", ...ORDER, sku: "mug", quantity: 2, customer: "ada@example.com" };

test("#world sends what each service asks for and resolves with the receipt", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  useWorld(world.door({ program: "worker", life: 2 }));
  expect(await charge(EVENT, { idempotencyKey: EVENT.id, headers: { "Correlation-Id": "c" } })).toEqual({ id: "charge-1", service: "charge", orderId: "1001" });
  for (const receipt of [reserve(EVENT), ship(EVENT), sendMail({ orderId: "1001", to: EVENT.customer }), track({ orderId: "1001", event: "packed" })]) await receipt;
  expect(world.ledger.map((line) => line.body)).toEqual([
    ORDER,
    { orderId: "1001", sku: "mug", quantity: 2 },
    { orderId: "1001" },
    { orderId: "1001", to: "ada@example.com" },
    { orderId: "1001", event: "packed" },
  ]);
  expect(world.ledger[0]).toMatchObject({ program: "worker", life: 2, key: "1001-placed", correlationId: "c" });
});

test.each([402, 429, 503])("#world throws a WorldError with status %i, after one call", async (status) => {
  const { world } = await worldOnRecord();
  await using _ = world;
  useWorld(world.url);
  world.fail(status);
  const error = await charge(EVENT).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorldError);
  expect(error).toMatchObject({ name: "WorldError", status, message: expect.stringMatching(/^[A-Z]/) });
  expect(world.ledger).toHaveLength(1);
});

test("#world passes on what the signal says", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  useWorld(world.url);
  world.hold("before-effect");
  await expect(ship(EVENT, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("#world says how to start a world that is not there", async () => {
  const { world } = await worldOnRecord();
  useWorld(world.url);
  await world[Symbol.asyncDispose]();
  await expect(ship(EVENT)).rejects.toMatchObject({ status: 0, message: `Cannot call ship as ${world.url} is not there: start it with "npm start"`, cause: expect.any(TypeError) });
});

test("#world says so when a world goes away during the call", async () => {
  const { world } = await worldOnRecord();
  useWorld(world.url);
  const hold = world.hold("before-effect");
  const call = expect(ship(EVENT)).rejects.toMatchObject({ status: 0, message: expect.stringContaining("gave no proper answer: other side closed") });
  await hold.reached();
  await world[Symbol.asyncDispose]();
  await call;
});

test("a program that has called the world ends by itself, long before its connection would idle out", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  await using caller = startCaller(world.url, "mail", "1001");
  const output = textOf(caller.stdout);
  const line = () => world.ledger[0];
  const [code] = await once(caller, "exit");
  const lingered = performance.now() - (line()?.ended ?? 0);
  expect({ code, output: await output }).toEqual({ code: 0, output: '{"id":"mail-1","service":"mail","orderId":"1001"}\n' });
  // undici keeps an idle connection for 4 s: a program held open by it would linger that long.
  expect(lingered).toBeLessThan(3_500);
});
