import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { spawn } from "@lydell/node-pty";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { options } from "#nats";
import { isFree } from "#engine/server/ports.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const { VITEST: _vitest, NODE_ENV: _node, MODE: _mode, ...env } = process.env as Record<string, string>;

test("npm run cluster starts three servers, kills and starts one by its key, and leaves nothing behind", { timeout: 240_000 }, async () => {
  const port = await freePlace();
  const pty = spawn(process.execPath, ["--import", "tsx", "scripts/cluster.ts", "--port", String(port)], { cols: 120, rows: 30, cwd, env: { ...env, NO_COLOR: "1" } });
  let text = "";
  pty.onData((more) => void (text += more));
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  const sees = (words: RegExp | string) => expect.poll(() => text, { timeout: 60_000, interval: 20 }).toMatch(words);

  await sees("Ctrl-C stops all");
  const [, urls] = /export NATS_URL=(\S+)/.exec(text) ?? [];
  expect(urls).toBe([port, port + 1, port + 2].map((each) => `nats://127.0.0.1:${each}`).join(","));
  const nc = await connect({ ...options({ NATS_URL: urls! }), maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  await (await jetstreamManager(nc)).streams.add({ name: "ORDERS", subjects: ["orders.>"], num_replicas: 3 });
  await sees(/node-[123] leads ORDERS/);
  const [, leader] = /node-([123]) leads ORDERS/.exec(text)!;
  pty.write(leader!);
  await sees(`node-${leader} is killed`);
  await sees(new RegExp(`node-[^${leader}] leads ORDERS`));
  pty.write(leader!);
  await sees(`node-${leader} runs again`);
  await nc.close();

  pty.write("\u0003");
  expect(await ended).toBe(0);
  expect(await Promise.all([0, 1, 2].map((index) => isFree(port + index)))).toEqual([true, true, true]);
});

test("npm run cluster refuses a port that is none, with the next command", { timeout: 60_000 }, async () => {
  const failed = await promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/cluster.ts", "--port", "many"], { cwd, env }).catch((error: unknown) => error as { code: number; stderr: string });
  expect(failed).toMatchObject({ code: 2 });
  expect(failed.stderr).toContain("Next: npm run cluster -- [--port 4322]");
});

/** Three ports for clients and three for monitoring, below those the system deals out. */
async function freePlace(): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 8_000);
    const ports = [0, 1, 2].flatMap((index) => [first + index, first + 4_000 + index]);
    if ((await Promise.all(ports.map((port) => isFree(port)))).every(Boolean)) return first;
  }
}
