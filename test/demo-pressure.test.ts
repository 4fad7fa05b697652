import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { LIMIT, SCALES, underPressure } from "../scripts/demo/pressure.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const script = (...args: string[]) => run(process.execPath, ["--import", "tsx", "scripts/demo-pressure.ts", ...args], { cwd: root, env: { ...process.env, NO_COLOR: "1" } });

describe("demo:pressure", () => {
  test("loses and refuses nothing with bounds, and both without", async () => {
    const { orders, room } = SCALES.fast;
    const looks: number[] = [];
    const course = await underPressure(SCALES.fast, (seen) => looks.push(seen["with bounds"].length));
    const [wild, bounded] = [course["without bounds"], course["with bounds"]];
    expect(bounded.at(-1)).toMatchObject({ charged: orders, stored: orders, refused: 0 });
    // Those that are being charged, and those that the client has asked for in advance: lesson 10's own bound.
    expect(Math.max(...bounded.map(({ inHand }) => inHand))).toBeLessThanOrEqual(4 * LIMIT);
    expect(Math.max(...wild.map(({ inHand }) => inHand))).toBeGreaterThan(4 * LIMIT);
    expect(Math.max(...bounded.map(({ waiting }) => waiting))).toBeLessThanOrEqual(room);
    expect(wild.at(-1)!.refused).toBeGreaterThan(0);
    expect(wild.at(-1)!.full).toBeGreaterThan(0);
    expect(wild.at(-1)!.stored).toBeLessThan(orders);
    expect(wild.at(-1)!.charged).toBeLessThan(orders);
    expect(wild.every(({ memory }) => memory > 0)).toBe(true);
    expect(looks).toEqual(bounded.map((_, index) => index + 1));
  });

  test("says it in plain lines in a pipe, with the balance at the end", async () => {
    const { stdout } = await script("--fast");
    expect(stdout).toMatch(/with bounds +\d+ waiting, \d+ in flight, 0 refused, \d+ charged/);
    expect(stdout).toMatch(/cards charged +\d+ of 120.+120 of 120/);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("the side with bounds charged all 120 cards");
    expect(stdout).not.toContain("\u001b");
  });

  test("refuses an argument it does not know, with the next command", async () => {
    const failed = await script("--quick").catch((error: unknown) => error as { code: number; stderr: string });
    expect(failed).toMatchObject({ code: 2 });
    expect(failed.stderr).toContain("Next: npm run demo:pressure -- [--fast]");
  });
});
