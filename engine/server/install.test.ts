import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the install's step says in one line that the server is there", async () => {
  const { stdout, stderr } = await installServer({});
  expect(stdout).toBe("nats-server 2.14.0 is ready (.workshop/bin, hash verified)\n");
  expect(stderr).toBe("");
});

test("the install's step never fails the install, and says in one line what was wrong", async () => {
  const { stdout } = await installServer({ NATS_SERVER_BIN: "/no/such/server" });
  expect(stdout).toMatch(/^No nats-server yet: Cannot use NATS_SERVER_BIN .*is not a file\. .*npm run doctor tells more\n$/);
});

// Rejects when the exit code is not 0.
async function installServer(env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
  const { NATS_SERVER_BIN: _, ...inherited } = process.env;
  return promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/install-server.ts"], { cwd: join(import.meta.dirname, "../.."), env: { ...inherited, ...env } });
}
