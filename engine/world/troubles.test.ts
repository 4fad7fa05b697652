import { expect, test } from "vitest";
import { ORDER, post, until, worldOnRecord } from "./fixtures/harness.ts";

function ship(url: string, orderId: string) {
  return post(`${url}/ship`, { orderId });
}

test("hold() keeps calls before their effect until release(), in order", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-effect", { service: "ship" });
  const first = ship(world.url, "1");
  await hold.reached();
  const second = ship(world.url, "2");
  const line = await hold.reached(2);
  expect(line).toMatchObject({ orderId: "2", effect: false });
  expect(hold.waiting.map((waits) => waits.orderId)).toEqual(["1", "2"]);
  expect((await post(`${world.url}/charge`, ORDER)).status).toBe(200);
  hold.release();
  expect([(await first).json.id, (await second).json.id]).toEqual(["ship-2", "ship-3"]);
  expect((await ship(world.url, "3")).status).toBe(200);
  expect(hold.hits).toBe(2);
});

test("hold() before the answer keeps a call whose effect has happened in flight", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-answer");
  const call = ship(world.url, "1");
  const line = await hold.reached();
  expect(line).toMatchObject({ effect: true });
  expect(line.ended).toBeUndefined();
  expect([world.inFlight(), world.inFlight("ship"), world.inFlight("mail"), world.inFlight("ship", "worker")]).toEqual([1, 1, 0, 0]);
  hold.undo();
  expect((await call).status).toBe(200);
});

test("drop() ends those that wait without an answer and keeps the hold", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-effect");
  const dropped = expect(ship(world.url, "1")).rejects.toThrow("fetch failed");
  await hold.reached();
  hold.drop();
  await dropped;
  expect(world.ledger).toMatchObject([{ effect: false, aborted: true }]);
  const next = ship(world.url, "2");
  await hold.reached();
  hold.release();
  expect((await next).status).toBe(200);
});

test("reached() rejects when the hold is released before, and nobody need listen", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-effect", { service: "mail", program: "mailer" });
  const early = hold.reached(2);
  void hold.reached(3);
  hold.release();
  await expect(early).rejects.toThrow('Cannot wait for 2 held calls as "hold before-effect for mail from mailer" is released: 0 had come');
  await expect(hold.reached()).rejects.toThrow("Cannot wait for 1 held call");
});

test("fail() answers with its status, for so many matching calls after so many", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const trouble = world.fail(503, { service: "ship", orders: ["1", "2"], after: 1, times: 2 });
  const statuses = [];
  for (const order of ["1", "9", "1", "2", "1"]) statuses.push((await ship(world.url, order)).status);
  expect(statuses).toEqual([200, 200, 503, 503, 200]);
  expect(trouble.hits).toBe(2);
  expect(world.ledger.map((line) => line.effect)).toEqual([true, true, false, false, true]);
});

test("fail() refuses a status that is no failure", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  expect(() => world.fail(200)).toThrow("it must be from 400 to 599, current value is 200");
});

test("a trouble for a program meets all its copies, one for a copy or a life only that", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const door = (program: string, life = 1) => world.door({ program, life });
  const all = world.fail(503, { program: "worker" });
  expect((await ship(door("worker"), "1")).status).toBe(503);
  expect((await ship(door("worker#2"), "1")).status).toBe(503);
  expect((await ship(door("workers"), "1")).status).toBe(200);
  all.undo();
  world.fail(500, { program: "worker#2", life: 2 });
  expect((await ship(door("worker#2"), "1")).status).toBe(200);
  expect((await ship(door("worker#2", 2), "1")).status).toBe(500);
  expect((await ship(door("worker#22", 2), "1")).status).toBe(200);
});

test("decline() answers 402 to charges of these orders only", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const trouble = world.decline(["1001"]);
  expect(await post(`${world.url}/charge`, ORDER)).toMatchObject({ status: 402, json: { error: "The card is declined" } });
  expect((await ship(world.url, "1001")).status).toBe(200);
  trouble.undo();
  expect((await post(`${world.url}/charge`, ORDER)).status).toBe(200);
  expect(world.ledger.map((line) => line.effect)).toEqual([false, true, true]);
});

test("limit() answers 429 to the call too many, at once and without effect", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const trouble = world.limit(2, { service: "charge" });
  const hold = world.hold("before-effect", { times: 2 });
  const calls = [post(`${world.url}/charge`, ORDER), post(`${world.url}/charge`, ORDER)];
  await hold.reached(2);
  expect((await post(`${world.url}/charge`, ORDER)).json).toEqual({ error: "Too many calls at once: 3 calls, 2 allowed" });
  expect((await ship(world.url, "1")).status).toBe(200);
  hold.release();
  expect((await Promise.all(calls)).map((call) => call.status)).toEqual([200, 200]);
  expect((await post(`${world.url}/charge`, ORDER)).status).toBe(200);
  expect(trouble.hits).toBe(1);
});

test("limit() for each caller counts callers by themselves", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  world.limit(1, { perCaller: true });
  const hold = world.hold("before-effect", { times: 2 });
  const doors = ["worker#1", "worker#2"].map((program) => world.door({ program, life: 1 }));
  const calls = doors.map((door) => ship(door, "1"));
  await hold.reached(2);
  expect((await ship(doors[0]!, "2")).status).toBe(429);
  hold.release();
  expect((await Promise.all(calls)).map((call) => call.status)).toEqual([200, 200]);
});

test("a caller at its limit may call again as soon as it has an answer", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  world.limit(4);
  const caller = async (number: number) => {
    const statuses = new Set<number>();
    for (let i = 0; i < 100; i++) statuses.add((await ship(world.url, `${number}-${i}`)).status);
    return [...statuses];
  };
  expect(await Promise.all([1, 2, 3, 4].map(caller))).toEqual([[200], [200], [200], [200]]);
});

test("delay() makes calls take their time, asks a function for each, and lets those waiting go when undone", async () => {
  const { world, now } = await worldOnRecord();
  await using _ = world;
  const times = [30, 0];
  const short = world.delay(() => times.shift() ?? 0, { service: "ship" });
  const began = now();
  await ship(world.url, "1");
  // Timers may be up to a millisecond early.
  expect(now() - began).toBeGreaterThanOrEqual(29);
  await ship(world.url, "2");
  expect({ hits: short.hits, left: times }).toEqual({ hits: 2, left: [] });
  short.undo();
  const long = world.delay(3_600_000);
  const call = ship(world.url, "3");
  await until("the call waits", () => long.hits === 1);
  long.undo();
  expect((await call).status).toBe(200);
});

test("troubles stand in the flight record, and calm() ends them all", async () => {
  const { world, events } = await worldOnRecord();
  await using _ = world;
  world.delay(5, { service: "mail" });
  const hold = world.hold("before-answer", { order: "1", times: 1 });
  const call = ship(world.url, "1");
  await hold.reached();
  expect(world.troubles.map((trouble) => trouble.name)).toEqual(["delay 5 ms for mail", "hold before-answer of order 1 1 time"]);
  world.calm();
  expect((await call).status).toBe(200);
  hold.undo();
  expect(world.troubles).toEqual([]);
  expect(events.filter((event) => event.kind === "fault" || event.kind === "undo")).toMatchObject([
    { kind: "fault", note: "world: delay 5 ms for mail" },
    { kind: "fault", note: "world: hold before-answer of order 1 1 time" },
    { kind: "undo", note: "world: delay 5 ms for mail" },
    { kind: "undo", note: "world: hold before-answer of order 1 1 time" },
  ]);
});
