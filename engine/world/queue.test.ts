import { expect, test } from "vitest";
import { post, until, worldOnRecord } from "./fixtures/harness.ts";

function ship(url: string, orderId: string) {
  return post(`${url}/ship`, { orderId });
}

test("queue() takes calls up one after the other, for each copy by itself", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  world.queue(1, { service: "ship", perCaller: true });
  const hold = world.hold("before-effect");
  const [one, two] = ["worker#1", "worker#2"].map((program) => world.door({ program, life: 1 }));
  const calls = [ship(one!, "1")];
  await hold.reached();
  calls.push(ship(one!, "2"));
  await until("the second call waits", () => world.inFlight() === 2);
  calls.push(ship(two!, "3"));
  await hold.reached(2);
  expect(world.ledger.map((line) => line.begun !== undefined)).toEqual([true, false, true]);
  hold.release();
  await Promise.all(calls);
  const [first, second] = world.ledger;
  expect(second!.begun).toBeGreaterThanOrEqual(first!.ended!);
});

test("queue() gives the place of a dead caller to the next", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  world.queue(1);
  const hold = world.hold("before-effect", { times: 1 });
  const [first, second] = [new AbortController(), new AbortController()];
  const send = (orderId: string, signal: AbortSignal) =>
    expect(fetch(`${world.url}/ship`, { method: "POST", body: JSON.stringify({ orderId }), signal })).rejects.toThrow("aborted");
  const dead = [send("1", first.signal)];
  await hold.reached();
  dead.push(send("2", second.signal));
  await until("the second call waits", () => world.inFlight() === 2);
  const third = ship(world.url, "3");
  await until("the third call waits", () => world.inFlight() === 3);
  second.abort();
  await until("the world has noticed", () => world.ledger[1]?.aborted === true);
  first.abort();
  expect((await third).status).toBe(200);
  await Promise.all(dead);
  expect(world.ledger.map((line) => `${line.orderId} ${line.effect}`)).toEqual(["1 false", "2 false", "3 true"]);
});
