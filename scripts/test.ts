// npm test: lint, types, the tests of every room, and the proof of every lesson. One command decides.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import { editedFiles } from "#engine/lessons/originals.ts";
import { onlyKnown } from "./lib.ts";

interface Step {
  name: string;
  run: () => Promise<boolean>;
}
interface Done {
  name: string;
  ok: boolean;
  seconds: number;
}

onlyKnown("npm test");

const bin = (name: string) => join("node_modules", ".bin", name);
// What is cheap and says most comes first. Then tests and proof side by side: each waits much, for the other's processor time.
const lanes: Step[][][] = [
  [[{ name: "lint", run: command(bin("oxlint"), "--deny-warnings") }, { name: "types", run: types }]],
  [[{ name: "tests", run: tests }], [{ name: "proof", run: command(process.execPath, "--import", "tsx", "scripts/proof.ts") }]],
];

const results: Done[] = [];
for (const side of lanes) results.push(...(await Promise.all(side.map(lane))).flat());

console.log("");
for (const { name, ok, seconds } of results) console.log(`  ${ok ? "✓" : "✗"} ${name.padEnd(8)} ${seconds.toFixed(0).padStart(4)} s`);
const failed = results.filter(({ ok }) => !ok).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function lane(steps: Step[]): Promise<Done[]> {
  const done: Done[] = [];
  for (const { name, run } of steps) {
    console.log(`\n── ${name}`);
    const begun = performance.now();
    const ok = await run();
    done.push({ name, ok, seconds: (performance.now() - begun) / 1000 });
  }
  return done;
}

function command(...words: string[]): () => Promise<boolean> {
  return async () => (await spawned(words)).code === 0;
}

/** What a learner types need not have right types yet: `npm test` says the same on a learner's clone. */
async function types(): Promise<boolean> {
  const { code, output } = await spawned([bin("tsc"), "-p", "."]);
  const edited = editedFiles();
  const found = [...output.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map((match) => match[1] ?? "");
  return code === 0 || (found.length > 0 && found.every((file) => edited.includes(file)));
}

/** Every vitest project but the lessons, which are the proof's. A file that failed gets a second look, with no other test beside it. */
async function tests(): Promise<boolean> {
  mkdirSync(join(repositoryRoot, ".workshop"), { recursive: true });
  const folder = mkdtempSync(join(repositoryRoot, ".workshop", "test-"));
  try {
    const all = await vitest(join(folder, "all.json"), []);
    if (all.ok || all.failed.length === 0) return all.ok;
    console.log(`\n── tests, a second look at ${all.failed.length}`);
    const again = await vitest(join(folder, "again.json"), ["--no-file-parallelism", ...all.failed]);
    if (again.ok) console.log(`\n  ~ unsteady: failed in company, right alone: ${all.failed.join(", ")}`);
    return again.ok;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function vitest(report: string, more: string[]): Promise<{ ok: boolean; failed: string[] }> {
  const { code } = await spawned([bin("vitest"), "run", "--project", "!lessons", "--reporter", "default", "--reporter", "json", `--outputFile.json=${report}`, ...more]);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as { testResults: { name: string; status: string }[] };
  return { ok: code === 0, failed: testResults.filter(({ status }) => status === "failed").map(({ name }) => name) };
}

function spawned([program = "", ...args]: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}
