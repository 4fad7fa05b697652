// npm test: lint, types, the engine's own tests, and the proof of every lesson. One command decides.
import { spawn } from "node:child_process";
import { editedFiles } from "#engine/lessons/originals.ts";

interface Step {
  name: string;
  command: string[];
  /** Lines of output that do not count against it. */
  excuses?: (output: string) => boolean;
}

const steps: Step[] = [
  { name: "lint", command: ["node_modules/.bin/oxlint", "--deny-warnings"] },
  { name: "types", command: ["node_modules/.bin/tsc", "-p", "."], excuses: onlyInEditedFiles },
  { name: "engine", command: ["node_modules/.bin/vitest", "run", "--project", "engine"] },
  { name: "proof", command: [process.execPath, "--import", "tsx", "scripts/proof.ts"] },
];

const results: { name: string; ok: boolean; seconds: number }[] = [];
for (const step of steps) results.push(await run(step));

console.log("");
for (const { name, ok, seconds } of results) console.log(`  ${ok ? "✓" : "✗"} ${name.padEnd(8)} ${seconds.toFixed(0).padStart(4)} s`);
const failed = results.filter(({ ok }) => !ok).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function run(step: Step): Promise<{ name: string; ok: boolean; seconds: number }> {
  console.log(`\n── ${step.name}`);
  const begun = performance.now();
  const { code, output } = await spawned(step.command);
  return { name: step.name, ok: code === 0 || (step.excuses?.(output) ?? false), seconds: (performance.now() - begun) / 1000 };
}

function spawned([command = "", ...args]: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

/** What a learner types need not have right types yet: `npm test` says the same on a learner's clone. */
function onlyInEditedFiles(output: string): boolean {
  const edited = editedFiles();
  const found = [...output.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map((match) => match[1] ?? "");
  return found.length > 0 && found.every((file) => edited.includes(file));
}
