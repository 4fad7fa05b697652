import { execFile } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("./toy", import.meta.url));
const state = join(root, ".workshop");

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs the real script on the toy workshop, as `npm run check:lesson-1` does. */
function check(...args: string[]): Promise<Ran> {
  return run(["scripts/check.ts", ...args]);
}

function run(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const { VITEST: _vitest, ...rest } = process.env;
  const options = { env: { ...rest, WORKSHOP_ROOT: root, NO_COLOR: "1", ...env }, cwd: fileURLToPath(new URL("..", import.meta.url)) };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", ...args], options, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
}

function json(ran: Ran) {
  return JSON.parse(ran.out) as { lesson: string; outcome: string; checks: { id: string; outcome: string; diagnosis?: { id: string; text: string } }[]; error?: { text: string; next: string } };
}

beforeAll(() => rmSync(state, { recursive: true, force: true }));
afterAll(() => rmSync(state, { recursive: true, force: true }));

describe("check:lesson-N", () => {
  test("fails the untouched starter with its diagnosis, exit 1, and notes the try", async () => {
    const ran = await check("1");
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("Your greeter hears the greeting and ships nothing.");
    expect(ran.out).toContain("lessons/01-greet/greeter.ts");
    expect(ran.out).toContain("npm run check:lesson-1");
    const progress = JSON.parse(readFileSync(join(state, "progress.json"), "utf8")) as { lessons: Record<string, { tries: number }> };
    expect(progress.lessons["01-greet"]?.tries).toBe(1);
  });

  test("passes the solution, exit 0, with one JSON object on standard output", async () => {
    const ran = await check("1", "--from", join(root, "solutions/01-greet"), "--json");
    expect(ran.code).toBe(0);
    expect(json(ran)).toMatchObject({ lesson: "01-greet", outcome: "passed", checks: [{ id: "ships", outcome: "passed" }, { id: "counts", outcome: "shown" }] });
  });

  test("leaves progress alone with --from", async () => {
    const before = readFileSync(join(state, "progress.json"), "utf8");
    await check("1", "--from", join(root, "solutions/01-greet"));
    expect(readFileSync(join(state, "progress.json"), "utf8")).toBe(before);
  });

  test("says broken, exit 2, for a lesson or a check that does not exist", async () => {
    const [lesson, only, flag] = await Promise.all([check("7", "--json"), check("1", "--only", "nonsense", "--json"), check("1", "--nonsense", "--json")]);
    for (const ran of [lesson, only, flag]) {
      expect(ran.code).toBe(2);
      expect(json(ran)).toMatchObject({ outcome: "broken", error: { next: expect.stringMatching(/^npm run/) } });
    }
  });

  test("says broken, exit 2, when there is no server binary", async () => {
    const ran = await run(["scripts/check.ts", "1"], { NATS_SERVER_BIN: "/nowhere/nats-server" });
    expect(ran.code).toBe(2);
    expect(ran.out + ran.err).toContain("NATS_SERVER_BIN");
  });
});

describe("a learner's program that cannot take part", () => {
  const attempts = readdirSync(join(root, "attempts/01-greet"));

  test.each(attempts)("%s is failed with a diagnosis of its own", async (name) => {
    const folder = join(root, "attempts/01-greet", name);
    const wanted = JSON.parse(readFileSync(join(folder, "attempt.json"), "utf8")) as { check: string; diagnosis: string };
    const ran = await check("1", "--from", folder, "--json");
    expect(json(ran).checks[0]).toMatchObject({ id: wanted.check, outcome: "failed", diagnosis: { id: wanted.diagnosis } });
    expect(ran.code).toBe(1);
  });

  test("a missing program is named, with the way to get it back", async () => {
    const empty = join(state, "empty-lesson");
    const ran = await run(["scripts/check.ts", "1", "--json"], { WORKSHOP_ROOT: copyWithout(empty) });
    expect(json(ran).checks[0]?.diagnosis?.id).toBe("missing-program");
    expect(json(ran).checks[0]?.diagnosis?.text).toContain("npm run reset");
  });
});

test("a file of the workshop that cannot be read is not the learner's mistake: broken, exit 2", async () => {
  const room = join(state, "broken-room");
  for (const tree of ["lessons", "solutions"]) cpSync(join(root, tree), join(room, tree), { recursive: true });
  writeFileSync(join(room, "lessons/world.ts"), "export const = ;\n");
  const ran = await run(["scripts/check.ts", "1", "--json"], { WORKSHOP_ROOT: room });
  expect(ran.code).toBe(2);
  expect(json(ran)).toMatchObject({ outcome: "broken", error: { text: expect.stringContaining("lessons/world.ts:1") } });
});

describe("hints", { timeout: 240_000 }, () => {
  const hint = (env: Record<string, string> = {}) => run(["scripts/hint.ts", "1"], env).then(({ out }) => out);

  test("follow the mistake that was found, one step at a time, and all of them are open after a pass", async () => {
    const room = join(state, "hint-room");
    for (const tree of ["lessons", "solutions"]) cpSync(join(root, tree), join(room, tree), { recursive: true });
    const env = { WORKSHOP_ROOT: room };
    expect(await hint(env)).toContain("not been checked yet");
    await run(["scripts/check.ts", "1"], env);
    expect(await hint(env)).toMatch(/What does your loop do with a greeting.*1 more/s);
    expect(await hint(env)).toMatch(/Call ship.*That was the last one/s);
    writeFileSync(join(room, "lessons/01-greet/greeter.ts"), "process.exit(3);\n");
    await run(["scripts/check.ts", "1"], env);
    expect(await hint(env)).toMatch(/ended with an error before it took part/);
    cpSync(join(room, "solutions/01-greet/greeter.ts"), join(room, "lessons/01-greet/greeter.ts"));
    await run(["scripts/check.ts", "1"], env);
    expect(await hint(env)).toMatch(/The last token.*How many parcels/s);
  });

  test("a pass that is taken back is said", async () => {
    const env = { WORKSHOP_ROOT: join(state, "hint-room") };
    writeFileSync(join(state, "hint-room/lessons/01-greet/greeter.ts"), "process.exit(3);\n");
    expect((await run(["scripts/check.ts", "1"], env)).out).toContain("Lesson 1 had passed.");
    expect((await run(["scripts/check.ts", "1"], env)).out).not.toContain("had passed.");
  });
});

describe("nothing stays behind", () => {
  test("no folder of programs or stores is left after the runs", () => {
    const runs = existsSync(join(state, "run")) ? readdirSync(join(state, "run")) : [];
    for (const id of runs) expect(readdirSync(join(state, "run", id))).toEqual(["flight.jsonl"]);
  });
});

/** A copy of the toy whose lesson lacks its program. */
function copyWithout(to: string): string {
  for (const tree of ["lessons", "solutions"]) cpSync(join(root, tree), join(to, tree), { recursive: true });
  rmSync(join(to, "lessons/01-greet/greeter.ts"));
  return to;
}
