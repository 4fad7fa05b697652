import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { openLab } from "./open.ts";

test("exports are read in a process of their own, whatever the module prints or leaves open", async () => {
  expect(await read(`console.log('{"no":1}'); setInterval(() => {}, 1000);\nexport const answers = { a: "b" };\nexport default 3;\nexport function left() {}`)).toEqual({ answers: { a: "b" }, default: 3 });
});

test("a module that throws is named with its line", async () => {
  await expect(read(`interface Long { a: number }\n\nthrow new Error("no");`)).rejects.toMatchObject({ mistake: "crashes-at-start", file: expect.stringContaining("answers.ts:3"), text: expect.stringContaining("Error: no") });
});

test("a module that ends the process, or never ends, is told so", async () => {
  await expect(read(`process.exit(0);`)).rejects.toMatchObject({ mistake: "left-too-early" });
  await expect(read(`await new Promise((resolve) => setTimeout(resolve, 1e6));\nexport const answers = 1;`)).rejects.toMatchObject({ mistake: "hangs" });
  await expect(read(`export const answers = {`)).rejects.toMatchObject({ mistake: "does-not-parse" });
});

/** What a module written on the spot exports. */
async function read(source: string): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "exports-"));
  writeFileSync(join(folder, "answers.ts"), source);
  const lesson = { id: "17-toy", root: repositoryRoot, folder, solution: folder, attempts: folder, script: "check:lesson-17", programs: { answers: { kind: "once" } } } as unknown as Lesson;
  try {
    await using lab = await openLab(lesson);
    return await lab.exports("answers");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
