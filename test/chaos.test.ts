import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { timeline } from "#engine/pictures/timeline.ts";
import { lifeOf } from "../chaos/balance.ts";
import { KINDS, planOf } from "../chaos/plan.ts";
import { chaos } from "../chaos/run.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
/** A seed whose first twelve seconds have a worker, the shop, a server and the provider in them. */
const SEED = "shop";
const MS = 12_000;
const SIZE = { ms: MS, workers: 3, servers: 3 };

describe("the plan of faults", () => {
  test("is the same for the same seed, and another one for another", () => {
    expect(planOf("x", SIZE)).toEqual(planOf("x", SIZE));
    expect(planOf("x", SIZE)).not.toEqual(planOf("y", SIZE));
  });

  test("has every kind in ten minutes, in order of time, each in reach", () => {
    const plan = planOf("x", { ...SIZE, ms: 600_000 });
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    expect(plan.every(({ at }, index) => index === 0 || at >= plan[index - 1]!.at)).toBe(true);
    expect(plan.every(({ at, target }) => at < 600_000 && target >= 0 && target < 3)).toBe(true);
  });

  test("leaves a majority of the servers, or none: never is one taken while another one is away or catching up", () => {
    const away = planOf("x", { ...SIZE, ms: 600_000 }).filter(({ kind }) => kind.includes("server"));
    expect(away.length).toBeGreaterThan(20);
    expect(away.every(({ at }, index) => index === 0 || at >= away[index - 1]!.at + away[index - 1]!.lasts + 9_000)).toBe(true);
  });
});

test("under twelve seconds of faults no accepted order is lost, and none charged twice", { timeout: 240_000 }, async () => {
  const { balance, faults, plan, published } = await chaos({ seed: SEED, ms: MS });
  expect(plan).toEqual(planOf(SEED, SIZE));
  expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(["lose-puback", "lose-ack", "cut-worker", "cut-shop", "kill-worker", "kill-server", "outage"]));
  expect(faults["kill-server"]).toBe(1);
  expect(balance).toMatchObject({ accepted: published.stored, lost: [], doubled: [] });
  expect(balance.accepted).toBeGreaterThan(20);
  // Every fifteenth card is declined: not charged, and among the dead letters.
  expect(balance.parked).toEqual({ refused: Math.floor(balance.accepted / 15) });
  expect(balance.fulfilled).toBe(balance.accepted - balance.parked.refused!);
});

test("a worker that charges without a key is found, with the orders that were charged twice and their lives", { timeout: 240_000 }, async () => {
  // Two acks are lost in the first four seconds of this seed: those orders come again.
  const lives: string[][] = [];
  const { balance } = await chaos({ seed: "3", ms: 4_000, workers: 2, from: join(cwd, "chaos/fixtures/no-key") }, (lab, { balance }) => {
    for (const { order } of balance.doubled) lives.push(timeline(lifeOf(lab, order)));
  });
  expect(balance.doubled.length).toBeGreaterThan(0);
  expect(balance.doubled[0]).toMatchObject({ charged: 2, wrong: "it is charged 2 times" });
  expect(balance.lost).toEqual([]);
  const life = lives[0]!.join("\n");
  expect(life).toMatch(/shop +PUB orders\.placed\./);
  expect(life).toMatch(/for the second time/);
  expect(life.match(/charge for \S+ answers 200/g)).toHaveLength(2);
});

test("npm run chaos refuses what it cannot read, with the next command", { timeout: 60_000 }, async () => {
  const failed = await promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/chaos.ts", "--minutes", "soon"], { cwd }).catch((error: unknown) => error as { code: number; stderr: string });
  expect(failed).toMatchObject({ code: 2 });
  expect(failed.stderr).toContain("Next: npm run chaos -- [--minutes 1]");
});
