import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const cwd = fileURLToPath(new URL("..", import.meta.url));

test("demo:replay plays the whole past again, and the live worker loses and doubles nothing", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/demo-replay.ts", "--fast", "--events", "2000"], { cwd, env: { ...process.env, VITEST: "", NO_COLOR: "1" } });
  const balance = /(\d+) live orders placed, (\d+) charged, (\d+) delivered twice, (\d+) in hand/.exec(stdout);
  expect(balance?.[2]).toBe(balance?.[1]);
  expect(balance?.slice(3)).toEqual(["0", "0"]);
  expect(Number(/(\d+) events read again/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(2_000);
  expect(stdout).toContain("0 consumers left behind");
});
