import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// The short version of `npm run bench:aborts`: every kind of run and every way of ending it, twice.
test.runIf(process.platform === "linux")("runs that are ended at any moment leave nothing behind", { timeout: 400_000 }, async () => {
  const { VITEST: _vitest, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "bench/aborts.ts", "--runs", "8"], { cwd: fileURLToPath(new URL("..", import.meta.url)), env });
  expect(stdout).toContain("8 left nothing, 0 left something");
});
