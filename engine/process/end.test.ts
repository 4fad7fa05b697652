import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

// A pipe of an unreferenced child keeps nothing alive; what was printed and the exit code must come through all the same.
const script = `
import ${JSON.stringify(join(import.meta.dirname, "end.ts"))};
import { spawn } from "node:child_process";
spawn("sleep", ["1"], { stdio: "ignore", detached: true }).unref();
process.once("exit", () => console.log("told"));
process.exitCode = 3;
console.log("x".repeat(200_000));
`;

it("ends with its exit code and all of its output once nothing is left to do", () => {
  const env = { ...process.env };
  delete env.VITEST;
  const { status, stdout } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], { env, encoding: "utf8", timeout: 20_000 });
  expect(status).toBe(3);
  expect(stdout).toHaveLength(200_001 + "told\n".length);
});
