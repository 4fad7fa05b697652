import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { missed, walkApart } from "./apart.ts";
import { readRecording } from "./recording.ts";

const root = mkdtempSync(join(tmpdir(), "talk-recordings-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("every step runs, shows what it says it shows, and is recorded", { timeout: 300_000 }, async () => {
  const walked = await walkApart({ recordingsFor: root });
  expect(missed(walked)).toEqual([]);
  expect(walked.flatMap(({ seen }) => seen).length).toBeGreaterThan(30);
  expect(readRecording(root, "4.3")?.events.some(({ kind, deliveries }) => kind === "deliver" && deliveries === 2)).toBe(true);
  expect(existsSync(join(root, "lessons"))).toBe(false);
});
