import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runLesson } from "#engine/check/runner.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openReaper, type Reaper } from "#engine/process/reaper.ts";
import { findRabbit, rabbitMissing } from "#engine/rabbitmq/find.ts";
import { openBroker, type Broker } from "#engine/rabbitmq/start.ts";
import { checksOn, onRabbit } from "../lessons/17-choosing/check.rabbitmq.ts";

const PIPELINE = "lessons/17-choosing/rabbitmq";
/** Erlang starts slowly, and this machine may have much else to do. */
const LONG = 180_000;
/** A broker that waits for its disk moves as little as one that is done: stillness has to last longer here. */
process.env.WORKSHOP_PATIENCE = "5";

test("without a broker it is said what to do", () => {
  expect(rabbitMissing().message).toMatch(/apt-get install rabbitmq-server.*brew install rabbitmq.*AMQP_URL=/s);
});

test("a broker that does not answer is named, with a way out and exit code 2", async () => {
  const env = { ...process.env, AMQP_URL: "amqp://127.0.0.1:1" };
  const failed = await promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/rabbitmq.ts"], { cwd: repositoryRoot, env }).catch((error: unknown) => error as { code: number; stderr: string });
  expect(failed).toMatchObject({ code: 2, stderr: expect.stringMatching(/Cannot reach the broker that AMQP_URL names.*Next: unset AMQP_URL/s) });
  expect(failed.stderr).not.toContain("    at ");
});

describe.skipIf(!findRabbit())("on an installed RabbitMQ", () => {
  let reaper: Reaper;
  let broker: Broker;
  beforeAll(async () => {
    reaper = await openReaper();
    broker = await openBroker({ reaper });
  }, LONG);
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]();
    await reaper?.[Symbol.asyncDispose]();
  }, LONG);

  test("the pipeline passes the ledger checks of lesson 6, and loses nothing in a crash", async () => {
    const lesson = onRabbit(await findLesson("6"));
    await using checks = checksOn(broker);
    const verdict = await runLesson(lesson, { tap: false, registered: checks });
    expect(verdict.checks.map(({ id, outcome, seen }) => ({ id, outcome, ...(outcome === "failed" ? { seen } : {}) }))).toEqual(lesson.checks.map(({ id }) => ({ id, outcome: "passed" })));
  }, LONG);

  test("bench:brokers compares three pieces of work, and says what it leaves out", async () => {
    const env = { ...process.env, VITEST: "", AMQP_URL: broker.url };
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "bench/brokers.ts", "--quick"], { cwd: repositoryRoot, env });
    const rows = [...stdout.matchAll(/^ {2}(?:publish|consume).*?1\.00\s+(\d+\.\d+)\s+(\d+\.\d+)$/gm)];
    expect(rows).toHaveLength(3);
    for (const [, synced, asItComes] of rows) expect([Number(synced), Number(asItComes)].every((ratio) => ratio > 0)).toBe(true);
    expect(stdout).toMatch(/One server each.*Left out:/s);
  }, LONG);

  test("one that acks before the work fails, because a crash takes orders along", async () => {
    const from = mkdtempSync(join(tmpdir(), "acks-first-"));
    const order = readFileSync(join(repositoryRoot, PIPELINE, "order.ts"), "utf8");
    const early = order.replace("      await work(message, channel);\n      channel.ack(message);", "      channel.ack(message);\n      await work(message, channel);").replace("channel.nack(message);", "");
    expect(early).not.toBe(order);
    writeFileSync(join(from, "order.ts"), early);
    for (const file of ["payments", "fulfilment"]) writeFileSync(join(from, `${file}.ts`), readFileSync(join(repositoryRoot, PIPELINE, `${file}.ts`)));
    try {
      await using checks = checksOn(broker);
      const verdict = await runLesson(onRabbit(await findLesson("6")), { from, tap: false, registered: checks, only: "crash-loses-nothing" });
      expect(verdict.checks[0]).toMatchObject({ outcome: "failed", seen: expect.stringContaining('got as far as "charge"') });
    } finally {
      rmSync(from, { recursive: true, force: true });
    }
  }, LONG);
});
