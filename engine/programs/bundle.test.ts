import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { bundle, DoesNotParse, MissingProgram } from "./bundle.ts";
import { workbench, type Workbench } from "./help.fixture.ts";

const run = promisify(execFile);

test("a program of the solution sees the attempt's contract", async () => {
  await using bench = await workbench();
  await bench.write({ "attempt/contract.ts": `export const says = "attempt";`, "solution/contract.ts": `export const says = "solution";`, "solution/intake.ts": `import { says } from "./contract.ts"; console.log(says);` });
  expect(await output(bench, "intake", ["attempt", "solution"])).toBe("attempt");
  expect(await output(bench, "intake", ["solution"])).toBe("solution");
});

test("an attempt's program imports what only the solution or the lesson has", async () => {
  await using bench = await workbench();
  await bench.write({
    "attempts/04/wrong/worker.mts": `import { a } from "./lib/a.js"; import prices from "./prices.json" with { type: "json" }; console.log(a, prices.mug);`,
    "solutions/04/worker.ts": `console.log("never");`,
    "solutions/04/lib/a.ts": `import { b } from "../b"; export const a = b;`,
    "solutions/04/b.ts": `export const b: string = "b";`,
    "lessons/04/prices.json": `{ "mug": 1999 }`,
  });
  expect(await output(bench, "worker", ["attempts/04/wrong", "solutions/04", "lessons/04"])).toBe("b 1999");
});

test("#world and the package's other imports work from outside the repository", async () => {
  await using bench = await workbench();
  const outside = await mkdtemp(join(tmpdir(), "außen "));
  await bench.write({ "lessons/world.ts": `export const charge = "charged";`, "lib/x.ts": `export const x = "x";`, "package.json": `{ "imports": { "#lib/*": "./lib/*", "#world": "./never.ts" } }`, "w.ts": `import { charge } from "#world"; import { x } from "#lib/x.ts"; console.log(charge, x);` });
  await copyFile(join(bench.path, "w.ts"), join(outside, "worker.ts"));
  const path = await bundle({ file: "worker", lookIn: [outside], out: join(bench.path, "work"), root: bench.path });
  expect((await run(process.execPath, [path])).stdout.trim()).toBe("charged x");
  await rm(outside, { recursive: true });
});

test("npm packages stay imports, the program's own files do not", async () => {
  await using bench = await workbench();
  await bench.write({ "l/worker.ts": `import { connect } from "@nats-io/transport-node"; import { a } from "./a.ts"; console.log(connect, a);`, "l/a.ts": `export const a = 1;` });
  const text = await readFile(await bundleOf(bench, "worker", ["l"]), "utf8");
  expect(text).toContain(`from "@nats-io/transport-node"`);
  expect(text).not.toContain(`./a.ts"`);
});

test("each call writes a file of its own", async () => {
  await using bench = await workbench();
  await bench.write({ "l/worker.ts": "console.log(1);" });
  const paths = await Promise.all([1, 2, 3].map(() => bundleOf(bench, "worker", ["l"])));
  expect(new Set(paths).size).toBe(3);
});

test("a syntax error has its place and a caret under it", async () => {
  await using bench = await workbench();
  await bench.write({ "l/worker.ts": `const fine = 1;\nconst grüße =\t"a" b;\n` });
  const error = await failure(bench, "worker");
  expect(error).toMatchObject({ line: 2, column: 19, text: `Expected ";" but found "b"` });
  expect(error.file).toBe(`${bench.path.slice(repositoryRoot.length + 1)}/l/worker.ts`);
  expect(error.excerpt).toBe(`const grüße =\t"a" b;\n             \t    ^`);
});

test("a syntax error in an imported file names that file", async () => {
  await using bench = await workbench();
  await bench.write({ "l/worker.ts": `import "./contract.ts";`, "l/contract.ts": `export const = 1;` });
  expect((await failure(bench, "worker")).file).toMatch(/l\/contract\.ts$/);
});

test("an import that leads nowhere does not parse", async () => {
  await using bench = await workbench();
  await bench.write({ "l/worker.ts": `import { a } from "./nowhere.ts";\nconsole.log(a);` });
  expect(await failure(bench, "worker")).toMatchObject({ line: 1, text: `Could not resolve "./nowhere.ts"` });
});

test("a program that no folder has is missing, and those there are named", async () => {
  await using bench = await workbench();
  await bench.write({ "l/wroker.ts": "", "l/lesson.ts": "", "l/check.test.ts": "" });
  const missing = bundleOf(bench, "worker.ts", ["l"]);
  await expect(missing).rejects.toThrow(MissingProgram);
  await expect(missing).rejects.toMatchObject({ program: "worker", found: ["wroker.ts"] });
});

test("the bundler does not keep its owner alive", async () => {
  const code = `import { warmBundler } from ${JSON.stringify(join(import.meta.dirname, "bundle.ts"))}; await warmBundler(); console.log("done");`;
  const { stdout } = await run(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], { cwd: repositoryRoot, timeout: 20_000 });
  expect(stdout).toBe("done\n");
});

function bundleOf(bench: Workbench, file: string, folders: string[]): Promise<string> {
  return bundle({ file, lookIn: folders.map((folder) => join(bench.path, folder)), out: join(bench.path, "work") });
}

async function output(bench: Workbench, file: string, folders: string[]): Promise<string> {
  return (await run(process.execPath, [await bundleOf(bench, file, folders)])).stdout.trim();
}

async function failure(bench: Workbench, file: string): Promise<DoesNotParse> {
  const error = await bundleOf(bench, file, ["l"]).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(DoesNotParse);
  return error as DoesNotParse;
}
