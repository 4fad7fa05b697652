import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Verdict } from "#engine/check/verdict.ts";
import { currentLesson } from "./current.ts";
import { appendHistory, readHistory } from "./history.ts";
import { withLock } from "./lock.ts";
import { contentHash, noteHint, noteRun, noteVerdict, setCurrent } from "./note.ts";
import { lessonProgress, readProgress } from "./progress.ts";

const LESSON = "04-queue-groups";

/** A workshop of its own, with some lessons. */
async function workshop(...lessons: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "progress "));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, ".workshop"));
  for (const id of lessons) {
    await mkdir(join(root, "lessons", id), { recursive: true });
    await writeFile(join(root, "lessons", id, "lesson.ts"), "export default { title: 'T', checks: [], diagnoses: [], programs: {} };");
    await writeFile(join(root, "lessons", id, "worker.ts"), "// one");
  }
  return root;
}

function stored(root: string): Promise<unknown> {
  return readFile(join(root, ".workshop/progress.json"), "utf8").then(JSON.parse);
}

/** Runs code in processes of their own; gives their exit codes. */
async function inProcesses(count: number, code: string, ...args: string[]): Promise<unknown[]> {
  const one = async (_: unknown, number: number) => {
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code, ...args, String(number)], { stdio: ["ignore", "inherit", "inherit"] });
    return (await once(child, "exit"))[0];
  };
  return Promise.all(Array.from({ length: count }, one));
}

test("readProgress() of a fresh workshop is empty and writes nothing", async () => {
  const root = await workshop();
  expect(await readProgress(root)).toEqual({ version: 1, lessons: {} });
  expect(await readdir(join(root, ".workshop"))).toEqual([]);
});

test("noteVerdict() keeps the first pass, loses it at a failure, and counts tries", async () => {
  const root = await workshop();
  await noteVerdict(LESSON, "failed", { root });
  expect(await stored(root)).toEqual({ version: 1, lessons: { [LESSON]: { tries: 1, hints: {} } } });
  await noteVerdict(LESSON, "passed", { root, at: "2026-03-01T09:00:00.000Z" });
  await noteVerdict(LESSON, "passed", { root, at: "2026-03-02T09:00:00.000Z" });
  expect(await stored(root)).toEqual({ version: 1, lessons: { [LESSON]: { passedAt: "2026-03-01T09:00:00.000Z", tries: 3, hints: {} } } });
  const now = await noteVerdict(LESSON, "failed", { root });
  expect(lessonProgress(now, LESSON)).toEqual({ tries: 4, hints: {} });
});

test("noteVerdict() of a broken run changes nothing", async () => {
  const root = await workshop();
  await noteVerdict(LESSON, "broken", { root });
  expect(await readdir(join(root, ".workshop"))).toEqual([]);
});

test("noteHint() keeps the most that was shown, setCurrent() the lesson, and both keep the rest", async () => {
  const root = await workshop();
  await noteVerdict(LESSON, "passed", { root, at: "2026-03-01T09:00:00.000Z" });
  await noteHint(LESSON, { check: "three-share", shown: 2 }, root);
  await noteHint(LESSON, { check: "three-share", shown: 1 }, root);
  await noteHint(LESSON, { check: "scale-in", shown: 1 }, root);
  await setCurrent(LESSON, root);
  const hints = { "three-share": 2, "scale-in": 1 };
  expect(await stored(root)).toEqual({ version: 1, current: LESSON, lessons: { [LESSON]: { passedAt: "2026-03-01T09:00:00.000Z", tries: 1, hints } } });
});

const BAD = ["{bad", "", "[]", "null", '{"version":2,"lessons":{}}', '{"version":1}', '{"version":1,"lessons":{"a":{}}}', '{"version":1,"current":4,"lessons":{}}', '{"version":1,"lessons":{"a":{"tries":1,"hints":{"x":"2"}}}}'];

test.each(BAD)("a progress file of %s is put aside with a notice, and work goes on", async (text) => {
  const root = await workshop();
  await writeFile(join(root, ".workshop/progress.json"), text);
  const read = await readProgress(root);
  expect(read.lessons).toEqual({});
  const [aside] = await readdir(join(root, ".workshop"));
  expect(aside).toMatch(/^progress\.json\.bad-\d{4}-/);
  expect(read.notice).toContain(`the file is now .workshop/${aside}`);
  expect(read.notice).not.toContain("\n");
  expect(await readFile(join(root, ".workshop", aside!), "utf8")).toBe(text);
  expect((await noteVerdict(LESSON, "failed", { root })).notice).toBeUndefined();
  expect(await stored(root)).not.toHaveProperty("notice");
});

test("a progress file that is bad when something is noted is put aside as well", async () => {
  const root = await workshop();
  await writeFile(join(root, ".workshop/progress.json"), "{bad");
  expect((await setCurrent(LESSON, root)).notice).toContain(".bad-");
  expect(await stored(root)).toEqual({ version: 1, current: LESSON, lessons: {} });
});

test("ten processes that note at once lose nothing", async () => {
  const root = await workshop();
  const code = `
    import { noteVerdict } from "#engine/progress/note.ts";
    import { appendHistory } from "#engine/progress/history.ts";
    const [, root, number] = process.argv;
    for (let i = 0; i < 5; i++) {
      await noteVerdict("shared", "failed", { root });
      await noteVerdict("own-" + number, "passed", { root });
      await appendHistory({ lesson: "shared", outcome: "failed", seconds: i, check: "c".repeat(3000) }, root);
    }`;
  expect(await inProcesses(10, code, root)).toEqual(Array(10).fill(0));
  const progress = await readProgress(root);
  expect(lessonProgress(progress, "shared").tries).toBe(50);
  expect(Array.from({ length: 10 }, (_, number) => lessonProgress(progress, `own-${number}`).tries)).toEqual(Array(10).fill(5));
  expect(await readHistory({ root })).toHaveLength(50);
  expect((await readdir(join(root, ".workshop"))).sort()).toEqual(["history.jsonl", "progress.json"]);
});

test("withLock() takes the lock of a holder that was killed", async () => {
  const root = await workshop();
  const lock = join(root, "a.lock");
  const code = `
    import { withLock } from "#engine/progress/lock.ts";
    await withLock(process.argv[1], async () => { process.kill(process.pid, "SIGKILL"); await new Promise(() => setInterval(() => {}, 1000)); });`;
  expect(await inProcesses(1, code, lock)).toEqual([null]);
  expect(await readdir(lock)).toHaveLength(1);
  expect(await withLock(lock, async () => "mine", { stale: 3_600_000 })).toBe("mine");
  expect(await readdir(root)).not.toContain("a.lock");
});

test("withLock() takes a lock held for too long, respects a live one, and says who has it", async () => {
  const root = await workshop();
  const lock = join(root, "a.lock");
  await mkdir(lock);
  const holder = join(lock, `${process.pid}-other`);
  await writeFile(holder, "");
  await expect(withLock(lock, async () => "mine", { patience: 30 })).rejects.toMatchObject({ name: "Refusal", message: expect.stringContaining(`process ${process.pid} holds it`), next: `rm -r '${lock}'` });
  const long = new Date(Date.now() - 60_000);
  await utimes(holder, long, long);
  expect(await withLock(lock, async () => "mine", { patience: 1_000 })).toBe("mine");
});

test("withLock() lets one in at a time and frees the lock when the work fails", async () => {
  const root = await workshop();
  const lock = join(root, "a.lock");
  let inside = 0;
  const work = async () => {
    expect((inside += 1)).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => withLock(lock, work)));
  await expect(withLock(lock, () => Promise.reject(new Error("broke")))).rejects.toThrow("broke");
  expect(await readdir(root)).toEqual([".workshop"]);
});

test("readHistory() passes over torn lines, and appendHistory() does not join them", async () => {
  const root = await workshop();
  const line = { lesson: LESSON, outcome: "passed", seconds: 1 } as const;
  await appendHistory({ ...line, at: "2026-03-01T09:00:00.000Z" }, root);
  await writeFile(join(root, ".workshop/history.jsonl"), '{"lesson":"04-q', { flag: "a" });
  await appendHistory({ ...line, lesson: "05-other", measured: { rate: { perSecond: 9 } } }, root);
  expect((await readHistory({ root })).map((read) => read.lesson)).toEqual([LESSON, "05-other"]);
  expect(await readHistory({ root, lesson: "05-other" })).toMatchObject([{ at: expect.stringMatching(/Z$/), measured: { rate: { perSecond: 9 } } }]);
});

test("noteRun() writes history and progress of a run", async () => {
  const root = await workshop(LESSON);
  const checks: Verdict["checks"] = [
    { id: "your-rate", title: "", outcome: "shown", seconds: 0.1, measured: { perSecond: 26_000 } },
    { id: "three-share", title: "", outcome: "failed", seconds: 0.2, diagnosis: { id: "group-name-differs", text: "" } },
  ];
  const verdict: Verdict = { lesson: LESSON, outcome: "failed", seconds: 0.6, checks, output: [], seed: "1" };
  await noteRun({ id: LESSON, root }, verdict);
  await writeFile(join(root, "lessons", LESSON, "worker.ts"), "// two");
  await noteRun({ id: LESSON, root }, { ...verdict, outcome: "broken", checks: [] });
  const [failed, broken] = await readHistory({ root });
  expect(failed).toMatchObject({ lesson: LESSON, outcome: "failed", seconds: 0.6, check: "three-share", diagnosis: "group-name-differs", measured: { "your-rate": { perSecond: 26_000 } } });
  expect(failed!.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(broken).toMatchObject({ outcome: "broken", hash: await contentHash(LESSON, root) });
  expect(broken!.hash).not.toBe(failed!.hash);
  expect(lessonProgress(await readProgress(root), LESSON)).toEqual({ tries: 1, hints: {} });
});

test("currentLesson() is the open one, else the first that is not passed, else the last", async () => {
  const root = await workshop("01-why", "02-pub");
  const current = async () => (await currentLesson(root)).id;
  expect(await current()).toBe("01-why");
  await noteVerdict("01-why", "passed", { root });
  expect(await current()).toBe("02-pub");
  await noteVerdict("02-pub", "passed", { root });
  expect(await current()).toBe("02-pub");
  await setCurrent("01-why", root);
  expect(await current()).toBe("01-why");
  await setCurrent("99-gone", root);
  expect(await current()).toBe("02-pub");
  await expect(currentLesson(await workshop())).rejects.toMatchObject({ name: "Refusal" });
});
