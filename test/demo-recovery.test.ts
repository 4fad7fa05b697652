import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { openLab } from "#engine/lab/open.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { whoHoldsWhat } from "#engine/pictures/holding.ts";
import { PACES, recover, type Balance } from "../scripts/demo/recovery.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

describe("demo:recovery", () => {
  test("loses no order and charges none twice when a worker dies before the charge has gone through", async () => {
    const { balance, charges, messages } = await tell();
    expect(balance).toMatchObject({ stored: 12, acked: 12, open: 0, charged: 12, lost: [], twice: [] });
    expect(charges).toHaveLength(12);
    expect(messages.every(({ at }) => at === "done")).toBe(true);
    expect(balance.rescuer).not.toBe(balance.victim);
  });

  test("charges the victim's order twice, and no other, when it dies before its ack", async () => {
    const { balance, charges } = await tell({ late: true });
    expect(balance).toMatchObject({ stored: 12, acked: 12, open: 0, charged: 12, lost: [], twice: [balance.order] });
    expect(charges.filter((call) => call.orderId === balance.order).map((call) => call.program)).toEqual([balance.victim, balance.rescuer]);
  });

  test("tells the story line by line in a pipe, and ends with the balance", async () => {
    const { stdout } = await run(process.execPath, ["--import", "tsx", "scripts/demo-recovery.ts", "--fast"], { cwd: root, env: { ...process.env, NO_COLOR: "1" } });
    expect(stdout).toMatch(/worker#2 +ends \(SIGKILL\)/);
    expect(stdout).toMatch(/gets for the second time orders\.placed\.\S+/);
    expect(stdout).toMatch(/12 +charged, 0 lost, 0 charged twice/);
    expect(stdout).not.toContain("\u001b");
  });

  test("refuses an argument it does not know, with the next command", async () => {
    const failed = await run(process.execPath, ["--import", "tsx", "scripts/demo-recovery.ts", "--quick"], { cwd: root }).catch((error: unknown) => error as { code: number; stderr: string });
    expect(failed).toMatchObject({ code: 2 });
    expect(failed.stderr).toContain("Next: npm run demo:recovery -- [--late] [--fast]");
  });
});

/** The story at the pace of tests; its balance, the ledger's own charges, and the picture that the record ends with. */
async function tell({ late = false } = {}) {
  const lesson = await findLesson("08");
  await using lab = await openLab(lesson, { from: lesson.solution });
  const balance: Balance = await recover(lab, { pace: PACES.fast, late });
  const charges = lab.world.ledger.filter((call) => call.effect);
  const { messages } = whoHoldsWhat(lab.record.events, { stream: "ORDERS", consumer: "payments", ackWait: PACES.fast.ackWait });
  return { balance, charges, messages };
}
