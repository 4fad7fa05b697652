import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { undo } from "#engine/files/undo.ts";
import { openSite } from "../../web/serve.ts";
import { catchUp } from "../../web/talk/catch-up.ts";
import { filesOf } from "../text/states.ts";
import { readTalk } from "../text/talk.ts";
import { averages } from "./check.ts";
import { exported } from "./export.ts";
import { handOver, stageStep } from "./handover.ts";
import { keyFor, keyHelp, keysIn, TALK_KEYS } from "./keys.ts";
import { noteRehearsal, readSaved } from "./saved.ts";
import { listText } from "./told.ts";

const PAYMENTS = "lessons/06-order-pipeline/payments.ts";
const talk = readTalk();
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "talk-cli-"));
  mkdirSync(dirname(join(root, PAYMENTS)), { recursive: true });
  writeFileSync(join(root, PAYMENTS), "what I typed\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = () => readFileSync(join(root, PAYMENTS), "utf8");

test("a handover leaves a learner where the stage stands, and undo brings the own text back", async () => {
  const { lesson, files, kept } = await handOver(root, "3.4");
  expect([lesson, files.includes(PAYMENTS)]).toEqual(["06-order-pipeline", true]);
  expect(text()).toBe(filesOf({ lesson, state: 2 }).get(PAYMENTS));
  expect(readFileSync(join(root, kept!, PAYMENTS), "utf8")).toBe("what I typed\n");
  await undo({ root });
  expect(text()).toBe("what I typed\n");
});

test("a handover without a stage, or to a step without code, says what to type", async () => {
  expect(() => stageStep(root)).toThrow(/no talk is under way on this machine/);
  await expect(handOver(root, "1.1")).rejects.toThrow(/must have code/);
  await expect(handOver(root, "9.9")).rejects.toThrow(/The steps are 1\.1 to 1\.4/);
});

test("the page's catch-up needs the token, and keeps the learner's text", async () => {
  const { listener, token } = openSite([catchUp({ root })]);
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const page = `http://127.0.0.1:${(http.address() as AddressInfo).port}/talk`;
  try {
    const shown = await (await fetch(page)).text();
    for (const { id, code } of talk.steps) expect(shown.includes(`data-step="${id}"`)).toBe(code !== undefined);
    const ask = (headers: Record<string, string>) => fetch(`${page}/catch-up`, { method: "POST", headers, body: JSON.stringify({ step: "3.5" }) });
    expect((await ask({})).status).toBe(403);
    expect(text()).toBe("what I typed\n");
    expect(await (await ask({ "x-workshop-token": token })).json()).toMatchObject({ says: expect.stringContaining("What you had is in .workshop/backups/") as string });
    expect(text()).toContain("return \"declined\"");
  } finally {
    http.closeAllConnections();
    http.close();
  }
});

test("the export has every step's slide, notes and commands, and asks no other machine for anything", async () => {
  const page = await exported(talk);
  for (const { id, commands } of talk.steps) {
    expect(page).toContain(`id="step-${id}"`);
    for (const { text } of commands) expect(page).toContain(text.replace(/^world: /, "").replaceAll("&", "&amp;").replaceAll("\"", "&quot;").replaceAll("'", "&#39;"));
  }
  expect(page).toContain("Twenty-five minutes from now");
  expect(page).not.toMatch(/<(script|link|img)\b/);
});

test("what rehearsals took stands beside the budgets", () => {
  noteRehearsal(root, { asked: 0, took: { "1.1": 40, "1.2": 60 } });
  noteRehearsal(root, { asked: 0, took: { "1.1": 20 } });
  noteRehearsal(root, { asked: 0, took: {} });
  expect([...averages(root)]).toEqual([["1.1", 30], ["1.2", 60]]);
  expect(listText(talk, averages(root))).toContain("1.2  0:55 (rehearsed 1:00)  A checkout that waits");
});

test("a talk that was closed goes on with its clock, and with a new one on another day", () => {
  const saved = { step: "3.2", skipped: [], script: { first: {}, base: {}, journal: [] }, pace: { startedAt: 1_000, stepAt: 2_000, asked: 0, took: { "1.1": 30 } } };
  mkdirSync(join(root, ".workshop/talk"), { recursive: true });
  writeFileSync(join(root, ".workshop/talk/session.json"), JSON.stringify(saved));
  expect(readSaved(root, 60_000)).toEqual(saved);
  expect(readSaved(root, 24 * 3_600_000)?.pace).toEqual({ asked: 0, took: {} });
  writeFileSync(join(root, ".workshop/talk/session.json"), "{");
  expect(readSaved(root)).toBeUndefined();
});

test("keys are read as a terminal and a clicker send them", () => {
  expect(keysIn("n\u001B[Cq\u001B[6~")).toEqual(["n", "\u001B[C", "q", "\u001B[6~"]);
  expect(keyFor("\u001B[6~")).toBe(keyFor("n"));
  expect(keyFor("z")).toBeUndefined();
  expect(new Set(TALK_KEYS.flatMap(({ codes }) => codes)).size).toBe(TALK_KEYS.flatMap(({ codes }) => codes).length);
  expect(keyHelp().length).toBe(TALK_KEYS.length + 1);
});
