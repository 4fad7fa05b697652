import { expect, test } from "vitest";
import { busy } from "./busy.ts";
import { post, worldOnRecord } from "./fixtures/harness.ts";
import type { LedgerLine } from "./ledger.ts";

function line(t: number, ended?: number, begun = t): LedgerLine {
  return { t, begun, ...(ended !== undefined && { ended }), service: "charge", program: "worker", life: 1, effect: true, aborted: false, body: {} };
}

test("busy() weighs the mean by time", () => {
  expect(busy([line(0, 10), line(0, 5)])).toEqual({ peak: 2, mean: 1.5 });
  expect(busy([line(0, 10), line(20, 30)])).toEqual({ peak: 1, mean: 20 / 30 });
});

test("busy() looks at the given stretch only, and open calls last to its end", () => {
  const lines = [line(0, 10), line(5), line(90, 95)];
  expect(busy(lines, { from: 8, to: 12 })).toEqual({ peak: 2, mean: (2 + 4) / 4 });
  expect(busy(lines, { from: 20, to: 40 })).toEqual({ peak: 1, mean: 1 });
});

test("busy() counts a call that begins when another ends as its successor", () => {
  expect(busy([line(10, 20), line(0, 10)])).toEqual({ peak: 1, mean: 1 });
});

test("busy() of work begins when the service takes the call up", () => {
  const lines = [line(0, 10), line(0, 20, 10), { ...line(0, 20), begun: undefined } as unknown as LedgerLine];
  expect(busy(lines, { of: "work" })).toEqual({ peak: 1, mean: 1 });
});

test("busy() of nothing is nothing", () => {
  expect(busy([])).toEqual({ peak: 0, mean: 0 });
  expect(busy([line(5, 5)])).toEqual({ peak: 0, mean: 0 });
});

test("meter() measures from now on, one service and one program, until stop()", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-effect");
  const ship = (program: string) => post(`${world.door({ program, life: 1 })}/ship`, { orderId: "1" });
  const calls = [ship("worker#1"), ship("worker#1"), ship("worker#2"), ship("packer")];
  await hold.reached(4);
  const [all, one, none] = [world.meter({ program: "worker" }), world.meter({ service: "ship", program: "worker#1" }), world.meter({ service: "mail" })];
  const taken = world.ledger.length;
  while (all.mean === 0) await new Promise((resolve) => setImmediate(resolve));
  const stopped = one.stop();
  hold.release();
  await Promise.all(calls);
  expect(taken).toBe(4);
  expect(all.peak).toBe(3);
  expect(stopped).toEqual({ peak: 2, mean: 2 });
  expect({ peak: one.peak, mean: one.mean }).toEqual(stopped);
  expect({ peak: none.peak, mean: none.mean }).toEqual({ peak: 0, mean: 0 });
});
