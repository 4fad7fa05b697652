import { expect, test } from "vitest";
import { explainExit, firstError } from "./explain.ts";
import { workbench } from "./help.fixture.ts";

/** What this Node says of such text; later ones add line and column. */
const NO_JSON = (() => {
  try {
    return JSON.parse("{bad") as string;
  } catch (error) {
    return String(error);
  }
})();

const CRASHES: [what: string, source: string, text: string | undefined, line: number | undefined][] = [
  ["an error thrown at the start", `const a = 1;\nJSON.parse("{bad");`, NO_JSON, 2],
  ["an error thrown later", `setTimeout(() => {\n  (undefined as any).data;\n}, 5);`, "TypeError: Cannot read properties of undefined (reading 'data')", 2],
  ["an error of the learner's own kind", `class Declined extends Error { name = "Declined"; }\nthrow new Declined("no money");`, "Declined: no money", 2],
  ["one whose message has several lines", `class Refused extends Error {}\nthrow new Refused("expected a number\\n  at amount");`, "Refused [Error]: expected a number", 2],
  ["an error with a code", `import { readFileSync } from "node:fs";\nreadFileSync("nowhere");`, "Error: ENOENT: no such file or directory, open 'nowhere'", 2],
  ["a thrown text", `throw "boom";`, "boom", undefined],
  ["a rejection nobody handles", `void Promise.reject("boom");\nsetTimeout(() => {}, 1000);`, "Unhandled rejection: boom", undefined],
  ["a name that the package does not have", `// first\nimport { conect } from "@nats-io/transport-node";\nconect();`, "SyntaxError: The requested module '@nats-io/transport-node' does not provide an export named 'conect'", 2],
  ["a package that is not there", `import { a } from "no-such-package";\na();`, "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'no-such-package'", undefined],
  ["a refused connection", `import { connect } from "@nats-io/transport-node";\nawait connect({ servers: "127.0.0.1:1" });`, "ConnectionError: connection refused", undefined],
  ["a warning and a message, but no error", `process.emitWarning("careful"); console.error("retrying"); process.exit(4);`, undefined, undefined],
];

for (const [what, source, text, line] of CRASHES) {
  test(`firstError() reads ${what}`, async () => {
    await using bench = await workbench();
    const program = await bench.start(source, { name: "worker", root: bench.path });
    const exit = await program.exited;
    expect(exit.code, program.output.text()).toBe(text === undefined ? 4 : 1);
    const found = firstError(program, { root: bench.path });
    expect(found?.text).toBe(text);
    expect(found?.at).toBe(line === undefined ? undefined : `lesson/worker.ts:${line}`);
  });
}

test("firstError() names an imported file by its path from the repository", async () => {
  await using bench = await workbench();
  await bench.write({ "lesson/contract.ts": `export function decode(text: string): unknown {\n  return JSON.parse(text);\n}` });
  const program = await bench.start(`import { decode } from "./contract.ts";\ndecode("{");`, { root: bench.path });
  await program.exited;
  expect(firstError(program, { root: bench.path })).toMatchObject({ at: "lesson/contract.ts:2" });
});

test("firstError() reads a python traceback", () => {
  const text = ["Traceback (most recent call last):", `  File "${import.meta.filename}", line 3, in <module>`, `    print(d["x"])`, "KeyError: 'x'"];
  const program = { output: { lines: text.map((line) => ({ t: 0, stream: "err" as const, text: line })) } };
  expect(firstError(program, { root: import.meta.dirname })).toEqual({ text: "KeyError: 'x'", at: "explain.test.ts:3" });
});

test("explainExit() says how a program ended", () => {
  const exit = { code: null, signal: null, at: 0 };
  expect(explainExit({ exit: { ...exit, code: 1 } })).toBe("It ended with code 1");
  expect(explainExit({ name: "worker#2", exit: { ...exit, signal: "SIGKILL" } })).toBe("worker#2 was killed by SIGKILL");
  expect(explainExit({ exit: { ...exit, signal: "SIGKILL", limit: "output", detail: "wrote more than 8 MiB" } })).toBe("It was stopped: it wrote more than 8 MiB");
  expect(explainExit({ exit: { ...exit, code: 13 } })).toMatch(/an await at the top level never came back/);
  expect(explainExit({})).toBe("It is still running");
});
