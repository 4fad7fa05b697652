import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keepOriginals, writeOriginalHashes } from "#engine/lessons/originals.ts";
import { undo } from "#engine/files/undo.ts";
import { updateWorkshop } from "./update.ts";

const STARTER = "// one\nconst a = 1;\n\n// two\nconst b = 2;\n\n// three\nconst c = 3;\n";
const FILE = "lessons/01-x/x.ts";
let folder: string;
let home: string;
let clone: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "workshop update ü-"));
  [home, clone] = [join(folder, "home"), join(folder, "clone")];
  mkdirSync(join(home, "lessons/01-x"), { recursive: true });
  writeFileSync(join(home, "lessons/01-x/lesson.ts"), "export default {};\n");
  writeFileSync(join(home, ".gitignore"), ".workshop/\n");
  git(folder, "init", "-q", "-b", "main", "home");
  publish(STARTER);
  git(folder, "clone", "-q", "home", "clone");
  keepOriginals(clone);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("updateWorkshop()", () => {
  test("keeps the learner's change and takes the newer starter's", async () => {
    type(STARTER.replace("const a = 1", "const a = 'mine'"));
    publish(STARTER.replace("const c = 3", "const c = 'newer'"));
    const updated = await updateWorkshop(clone);
    expect(updated).toMatchObject({ commits: 1, merged: [FILE], beside: [] });
    expect(read()).toBe(STARTER.replace("const a = 1", "const a = 'mine'").replace("const c = 3", "const c = 'newer'"));
  });

  test("lets the learner's lines stand where both changed them, and lays the newer starter beside", async () => {
    type(STARTER.replace("const b = 2", "const b = 'mine'"));
    publish(STARTER.replace("const b = 2", "const b = 'newer'"));
    const updated = await updateWorkshop(clone);
    expect(updated.beside).toEqual(["lessons/01-x/x.newer.ts.txt"]);
    expect(read()).toContain("const b = 'mine'");
    expect(readFileSync(join(clone, "lessons/01-x/x.newer.ts.txt"), "utf8")).toContain("const b = 'newer'");
  });

  test("undo brings back the text of before the update", async () => {
    const mine = STARTER.replace("const a = 1", "const a = 'mine'");
    type(mine);
    publish(STARTER.replace("const c = 3", "const c = 'newer'"));
    await updateWorkshop(clone);
    await undo({ root: clone });
    expect(read()).toBe(mine);
  });

  test("leaves every file as it was when the pull fails", async () => {
    const mine = STARTER.replace("const a = 1", "const a = 'mine'");
    type(mine);
    rmSync(home, { recursive: true });
    await expect(updateWorkshop(clone)).rejects.toThrow(/Your files are as they were/);
    expect(read()).toBe(mine);
  });
});

function publish(text: string): void {
  writeFileSync(join(home, FILE), text);
  writeOriginalHashes(home);
  git(home, "add", "-A");
  git(home, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "a starter");
}

function type(text: string): void {
  writeFileSync(join(clone, FILE), text);
}

function read(): string {
  return readFileSync(join(clone, FILE), "utf8");
}

function git(cwd: string, ...args: string[]): void {
  execFileSync("git", args, { cwd, stdio: "ignore" });
}
