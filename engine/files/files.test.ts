import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { backUp, listBackups } from "./backups.ts";
import { undo } from "./undo.ts";
import { writeSafely } from "./write.ts";

const WORKER = "lessons/04 für alle/worker.ts";

/** A repository of its own, in a folder with a space and an umlaut. */
async function repository(files: Record<string, string> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "files größe "));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) await put(root, path, text);
  return root;
}

async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

async function text(root: string, path: string): Promise<string | undefined> {
  return readFile(join(root, path), "utf8").catch(() => undefined);
}

test("writeSafely() replaces the text, keeps the mode and leaves nothing else behind", async () => {
  const root = await repository({ "run.sh": "old" });
  await chmod(join(root, "run.sh"), 0o751);
  await writeSafely(join(root, "run.sh"), "new");
  await writeSafely(join(root, "deep/er/new.bin"), new Uint8Array([0, 255]));
  expect(await text(root, "run.sh")).toBe("new");
  expect((await stat(join(root, "run.sh"))).mode & 0o777).toBe(0o751);
  expect([...(await readFile(join(root, "deep/er/new.bin")))]).toEqual([0, 255]);
  expect(await readdir(root)).toEqual(["deep", "run.sh"]);
});

test("writeSafely() writes through a symbolic link", async () => {
  const root = await repository({ "real.txt": "old" });
  await symlink("real.txt", join(root, "link.txt"));
  await writeSafely(join(root, "link.txt"), "new");
  expect(await text(root, "real.txt")).toBe("new");
});

test("writeSafely() leaves the file and no temporary one when it fails", async () => {
  const root = await repository({ "folder/file": "old" });
  await expect(writeSafely(join(root, "folder"), "text")).rejects.toThrow();
  expect(await readdir(root)).toEqual(["folder"]);
  expect(await text(root, "folder/file")).toBe("old");
});

test("a reader never meets half a file while writeSafely() replaces it", async () => {
  const root = await repository({ "big.txt": "a".repeat(500_000) });
  const writing = new AbortController();
  const writes = (async () => {
    for (const letter of "bcdefghij") await writeSafely(join(root, "big.txt"), letter.repeat(500_000));
    writing.abort();
  })();
  const seen = new Set<string>();
  while (!writing.signal.aborted) {
    const now = (await text(root, "big.txt")) ?? "";
    expect(now).toHaveLength(500_000);
    seen.add(now[0]! + now.at(-1)!);
  }
  await writes;
  expect([...seen].filter((ends) => ends[0] !== ends[1])).toEqual([]);
});

test("backUp() mirrors files and folders, and undo() puts them back", async () => {
  const root = await repository({ [WORKER]: "mine", "lessons/05/a.ts": "a", "lessons/05/b/c.ts": "c", "other.ts": "other" });
  await chmod(join(root, WORKER), 0o700);
  const backup = await backUp([join(root, WORKER), "lessons/05"], "Reset lesson 4!", root);
  expect(backup?.id).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-reset-lesson-4$/);
  expect(backup).toMatchObject({ kept: [WORKER, "lessons/05/a.ts", "lessons/05/b/c.ts"], absent: [], reason: "Reset lesson 4!" });
  expect(await readFile(join(root, ".workshop/backups", backup!.id, WORKER), "utf8")).toBe("mine");
  await put(root, WORKER, "starter");
  await chmod(join(root, WORKER), 0o644);
  await rm(join(root, "lessons/05"), { recursive: true });
  await put(root, "other.ts", "changed");
  expect(await undo({ root })).toMatchObject({ reason: "Reset lesson 4!", restored: [WORKER, "lessons/05/a.ts", "lessons/05/b/c.ts"], removed: [] });
  expect([await text(root, WORKER), await text(root, "lessons/05/b/c.ts"), await text(root, "other.ts")]).toEqual(["mine", "c", "changed"]);
  expect((await stat(join(root, WORKER))).mode & 0o777).toBe(0o700);
});

test("undo() twice takes the first undo back", async () => {
  const root = await repository({ [WORKER]: "mine" });
  await backUp([WORKER], "reset", root);
  await put(root, WORKER, "starter");
  await undo({ root });
  expect(await text(root, WORKER)).toBe("mine");
  expect(await undo({ root })).toMatchObject({ reason: "undo" });
  expect(await text(root, WORKER)).toBe("starter");
  await undo({ root });
  expect(await text(root, WORKER)).toBe("mine");
});

test("undo() loses nothing that was typed after the backup", async () => {
  const root = await repository({ [WORKER]: "mine" });
  await backUp([WORKER], "reset", root);
  await put(root, WORKER, "typed later");
  await undo({ root });
  await put(root, WORKER, "typed still later");
  await undo({ root });
  const texts = await Promise.all((await listBackups(root)).map((backup) => readFile(join(backup.folder, WORKER), "utf8")));
  expect(texts).toEqual(["typed still later", "typed later", "mine"]);
});

test("undo() removes what did not exist at the backup, and brings it back the second time", async () => {
  const root = await repository({ [WORKER]: "mine" });
  const backup = await backUp([WORKER, "lessons/new.ts", "lessons/dir"], "solution", root);
  expect(backup?.absent).toEqual(["lessons/dir", "lessons/new.ts"]);
  await put(root, "lessons/new.ts", "made");
  await put(root, "lessons/dir/x.ts", "x");
  expect(await undo({ root })).toMatchObject({ restored: [], removed: ["lessons/dir", "lessons/new.ts"] });
  expect([await text(root, "lessons/new.ts"), await text(root, "lessons/dir/x.ts")]).toEqual([undefined, undefined]);
  await undo({ root });
  expect([await text(root, "lessons/new.ts"), await text(root, "lessons/dir/x.ts")]).toEqual(["made", "x"]);
});

test("undo() passes over a backup that equals the files, and takes an older one by its id", async () => {
  const root = await repository({ [WORKER]: "one" });
  const first = await backUp([WORKER], "first", root);
  await put(root, WORKER, "two");
  await backUp([WORKER], "second", root);
  expect(await undo({ root })).toMatchObject({ id: first!.id });
  expect(await text(root, WORKER)).toBe("one");
  await undo({ root, id: (await listBackups(root)).find((backup) => backup.reason === "second")!.id });
  expect(await text(root, WORKER)).toBe("two");
  await expect(undo({ root, id: "2000" })).rejects.toMatchObject({ name: "Refusal", next: "npm run undo -- --list" });
});

test("undo() without a backup does nothing", async () => {
  const root = await repository({ [WORKER]: "mine" });
  expect(await undo({ root })).toBeUndefined();
  expect(await backUp([], "nothing", root)).toBeUndefined();
  await backUp([WORKER], "no change followed", root);
  expect(await undo({ root })).toBeUndefined();
  expect(await text(root, WORKER)).toBe("mine");
});

test("undo() changes nothing when the backup is not whole", async () => {
  const root = await repository({ "a.ts": "a", "b.ts": "b" });
  const backup = await backUp(["a.ts", "b.ts"], "reset", root);
  await put(root, "a.ts", "changed");
  await rename(join(backup!.folder, "b.ts"), join(root, "stolen"));
  await expect(undo({ root })).rejects.toThrow("b.ts must be there: it was removed");
  expect(await text(root, "a.ts")).toBe("changed");
});

test("backUp() refuses what lies outside, also by way of a link, and keeps nothing then", async () => {
  const root = await repository({ "a.ts": "a" });
  const outside = await repository({ "secret.txt": "secret" });
  await symlink(outside, join(root, "link"));
  await symlink(join(outside, "secret.txt"), join(root, "one.txt"));
  for (const path of ["../x.ts", outside, "link/secret.txt", "link/new.txt", "one.txt", ".", "lessons/../../x"]) {
    await expect(backUp(["a.ts", path], "reset", root)).rejects.toThrow("it lies outside");
  }
  expect(await listBackups(root)).toEqual([]);
});

test("backUp() makes one folder each in the same millisecond, in order", async () => {
  const root = await repository({ "a.ts": "0" });
  vi.useFakeTimers({ now: Date.parse("2026-03-01T09:15:00.123Z"), toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  for (const number of ["1", "2", "3"]) {
    await backUp(["a.ts"], number === "2" ? "again" : "reset", root);
    await put(root, "a.ts", number);
  }
  expect((await listBackups(root)).map((backup) => backup.id)).toEqual([
    "2026-03-01T09-15-00.125Z-reset",
    "2026-03-01T09-15-00.124Z-again",
    "2026-03-01T09-15-00.123Z-reset",
  ]);
  await undo({ root });
  expect(await text(root, "a.ts")).toBe("2");
});

test("backUp() by several processes at once loses none", async () => {
  const root = await repository({ "a.ts": "a" });
  const code = `import { backUp } from "#engine/files/backups.ts"; for (let i = 0; i < 5; i++) await backUp(["a.ts"], "reset", process.argv[1]);`;
  const run = () => promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code, root]);
  await Promise.all([run(), run(), run()]);
  expect(await listBackups(root)).toHaveLength(15);
});

test("backUp() removes what is older than 30 days or beyond the newest 200, never what undo() is about to restore", async () => {
  const root = await repository({ "a.ts": "first" });
  vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z"), toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const old = await backUp(["a.ts"], "old", root);
  vi.setSystemTime(Date.parse("2026-02-05T00:00:00Z"));
  await put(root, "a.ts", "second");
  await undo({ root });
  expect(await text(root, "a.ts")).toBe("first");
  expect((await listBackups(root)).map((backup) => backup.id)).not.toContain(old!.id);
  for (let i = 0; i < 205; i++) await backUp(["a.ts"], `n${i}`, root);
  const left = await listBackups(root);
  expect([left.length, left[0]!.reason, left.at(-1)!.reason]).toEqual([200, "n204", "n5"]);
});

test("listBackups() passes over what is no backup", async () => {
  const root = await repository({ "a.ts": "a", ".workshop/backups/notes.txt": "x", ".workshop/backups/2026-x/a.ts": "x", ".workshop/backups/.partial-1/.manifest.json": "{}" });
  await backUp(["a.ts"], "äöü", root);
  expect((await listBackups(root)).map((backup) => backup.id.slice(25))).toEqual(["backup"]);
});
