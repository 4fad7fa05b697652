import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Lab } from "#engine/lab/lab.ts";
import { expect as must } from "#engine/lab/words.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import type { CheckBody } from "./register.ts";
import { runLesson } from "./runner.ts";
import type { Verdict } from "./verdict.ts";

const lesson = await findLesson("2");

/** A lesson's checks, all with the same body. */
function each(body: CheckBody, { checks } = lesson) {
  return { checks: new Map(checks.map(({ id }) => [id, body])), diagnoses: new Map() };
}

test("the verdict is told whole, with its record in the file, while the lab is open", async () => {
  const labs = new Set<Lab>();
  const told: { verdict: Verdict; server: string; file: string }[] = [];
  const verdict = await runLesson(lesson, {
    registered: each(async (lab) => {
      labs.add(lab);
      await lab.settled();
      must(lab.scene.handle < 0, { expected: "the impossible", seen: "what there is" });
    }),
    onVerdict: (early) => void told.push({ verdict: early, server: [...labs][0]!.server.state, file: readFileSync(join(lesson.root, early.record!), "utf8") }),
  });
  expect(told).toEqual([{ verdict: { ...verdict, seconds: told[0]?.verdict.seconds }, server: "running", file: expect.stringContaining(lesson.checks[0]!.id) }]);
  expect(verdict.checks.map(({ outcome }) => outcome)).toEqual(["failed", ...lesson.checks.slice(1).map(() => "skipped")]);
  expect([...labs].map(({ server, closed }) => [server.state, closed])).toEqual([["gone", true]]);
  expect(existsSync([...labs][0]!.server.store)).toBe(false);
});

test("a run that is stopped tells no verdict, and answers that it was stopped", async () => {
  const stop = new AbortController();
  const told: Verdict[] = [];
  const verdict = await runLesson(lesson, { registered: each(async () => stop.abort()), signal: stop.signal, onVerdict: (early) => void told.push(early) });
  expect(told).toEqual([]);
  expect(verdict).toMatchObject({ outcome: "broken", error: { text: expect.stringContaining("stopped") } });
});

test("where no diagnosis fits, a program that never rests is named", async () => {
  const groups = await findLesson("4");
  const from = mkdtempSync(join(tmpdir(), "workshop-busy-"));
  writeFileSync(join(from, "worker.ts"), `import { connect } from "@nats-io/transport-node";
const nc = await connect({ servers: process.env.NATS_URL });
nc.subscribe("orders.placed.*.*", { queue: "workers", callback: () => { for (;;); } });`);
  try {
    const verdict = await runLesson(groups, {
      from,
      only: groups.checks[0]!.id,
      registered: each(async (lab) => {
        await lab.start("worker");
        const shop = await lab.connect("shop");
        shop.publish("orders.placed.eu.1001", "{}");
        await shop.flush();
        await lab.until(() => false, { within: 1_000, expected: "a ticket", seen: () => "none" });
      }, groups),
    });
    expect(verdict.checks[0]).toMatchObject({ outcome: "failed", diagnosis: { id: "hangs", text: expect.stringContaining("loop that does not await") } });
  } finally {
    rmSync(from, { recursive: true });
  }
});
