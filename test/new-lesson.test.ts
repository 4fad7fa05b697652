import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const repository = fileURLToPath(new URL("..", import.meta.url));
// A blank and an umlaut in the path: such a machine is somebody's.
const root = join(repository, ".workshop/test/neue Lektionen für alle");

function run(script: string, ...args: string[]): Promise<{ code: number; out: string }> {
  const { VITEST: _vitest, ...rest } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", `scripts/${script}.ts`, ...args], { cwd: repository, env: { ...rest, WORKSHOP_ROOT: root, NO_COLOR: "1" } }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out: out + err }));
  });
}

beforeAll(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  for (const tree of ["lessons", "solutions", "attempts"]) cpSync(join(repository, "test/toy", tree), join(root, tree), { recursive: true });
  cpSync(join(repository, "lessons/world.ts"), join(root, "lessons/world.ts"));
  cpSync(join(repository, "package.json"), join(root, "package.json"));
  symlinkSync(join(repository, "engine"), join(root, "engine"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("npm run new:lesson", { timeout: 240_000 }, () => {
  test("lays out a lesson that fails as it should, and that the proof accepts as it stands", async () => {
    const laid = await run("new-lesson", "shop-window", 'Who looks at the "window"?');
    expect(laid).toMatchObject({ code: 0, out: expect.stringContaining("npm run proof -- 2") });
    const fails = await run("check", "2");
    expect(fails).toMatchObject({ code: 1, out: expect.stringContaining("never calls the warehouse") });
    expect(fails.out).toContain('Who looks at the "window"?');
    const proved = await run("proof", "2");
    expect(proved.out).toContain("8 passed, 0 failed, 0 skipped");
  });

  test("adds the npm script, and leaves no placeholder behind", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
    expect(scripts["check:lesson-2"]).toBe("node --import tsx scripts/check.ts 2");
    for (const tree of ["lessons", "solutions", "attempts"]) {
      const files = readdirSync(join(root, tree, "02-shop-window"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const file of files) expect(readFileSync(join(file.parentPath, file.name), "utf8")).not.toContain("__");
    }
  });

  test.each([["Ünder Wear", "npm run new:lesson -- under-wear"], ["greet", "lesson 01-greet has that name"], ["../escape", "npm run new:lesson -- escape"], ["", "npm run new:lesson -- shop-window"]])("refuses %j with a way out, and lays nothing", async (slug, words) => {
    const before = readdirSync(join(root, "lessons"));
    expect(await run("new-lesson", slug)).toMatchObject({ code: 2, out: expect.stringContaining(words) });
    expect(readdirSync(join(root, "lessons"))).toEqual(before);
    expect(existsSync(join(root, "..", "escape"))).toBe(false);
  });
});
