import { expect, test } from "vitest";
import { ORDER, post, worldOnRecord } from "./fixtures/harness.ts";

const KEY = { "Idempotency-Key": "1001-placed" };

test("a charge with a known key gets the first answer and makes no second charge", async () => {
  const { world, events } = await worldOnRecord();
  await using _ = world;
  const first = await post(`${world.url}/charge`, ORDER, KEY);
  expect(await post(`${world.url}/charge`, ORDER, KEY)).toEqual(first);
  expect(world.ledger).toMatchObject([{ effect: true }, { effect: false, replayed: true, status: 200 }]);
  expect(events.at(-1)).toMatchObject({ kind: "answer", effect: false, note: "known key, key 1001-placed" });
});

test("charges with one key at the same time make one charge", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-effect");
  const calls = Array.from({ length: 5 }, () => post(`${world.url}/charge`, ORDER, KEY));
  await hold.reached(5);
  hold.release();
  const ids = (await Promise.all(calls)).map((call) => call.json.id);
  expect(new Set(ids)).toEqual(new Set(["charge-1"]));
  expect(world.ledger.filter((line) => line.effect)).toHaveLength(1);
});

test("a charge whose answer is held answers a second caller with its key", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-answer", { times: 1 });
  const slow = post(`${world.url}/charge`, ORDER, KEY);
  await hold.reached();
  expect(await post(`${world.url}/charge`, ORDER, KEY)).toMatchObject({ status: 200, json: { id: "charge-1" } });
  hold.release();
  expect(await slow).toMatchObject({ status: 200, json: { id: "charge-1" } });
  expect(world.ledger.map((line) => line.effect)).toEqual([true, false]);
});

test.each([["orderId", "1002"], ["amountCents", 5], ["currency", "USD"]])("a known key with another %s gets 400", async (field, value) => {
  const { world } = await worldOnRecord();
  await using _ = world;
  await post(`${world.url}/charge`, ORDER, KEY);
  const { status, json } = await post(`${world.url}/charge`, { ...ORDER, [field]: value }, KEY);
  expect(status).toBe(400);
  expect(json.error).toContain('the Idempotency-Key "1001-placed" belongs to another charge');
  expect(world.ledger.map((line) => line.effect)).toEqual([true, false]);
});

test("a known key with the same charge and other fields besides is the same charge", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  await post(`${world.url}/charge`, { ...ORDER, at: "then" }, KEY);
  expect((await post(`${world.url}/charge`, { at: "now", ...ORDER }, KEY)).status).toBe(200);
});

test("a charge that failed with 503 keeps its key free, one that was declined does not", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const charge = (key: string) => post(`${world.url}/charge`, ORDER, { "Idempotency-Key": key });
  world.fail(503, { times: 1 });
  expect([(await charge("a")).status, (await charge("a")).status]).toEqual([503, 200]);
  const declined = world.decline(["1001"]);
  expect([(await charge("a")).status, (await charge("b")).status]).toEqual([200, 402]);
  declined.undo();
  expect([(await charge("b")).status, (await charge("c")).status]).toEqual([402, 200]);
  expect(world.ledger.filter((line) => line.effect).map((line) => line.key)).toEqual(["a", "c"]);
});

test("without a key every charge counts, and other services ignore keys", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  for (let i = 0; i < 2; i++) await post(`${world.url}/charge`, ORDER);
  for (let i = 0; i < 2; i++) await post(`${world.url}/reserve`, { orderId: "1", sku: "mug", quantity: 1 }, KEY);
  expect(world.ledger.map((line) => line.effect)).toEqual([true, true, true, true]);
});
