// npm run bench:check: from save to verdict, warm as under `npm start` and cold as `npm run check:lesson-N`.
import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { runLesson } from "#engine/check/runner.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openPool } from "#engine/programs/pool.ts";

const { values, positionals } = parseArgs({ options: { runs: { type: "string" }, cold: { type: "string" } }, allowPositionals: true });
const runs = Number(values.runs ?? 30);
const cold = Number(values.cold ?? 6);

await using pool = await openPool(3);
console.log("  lesson              what       p50 ms  p95 ms   n");
for (const name of positionals.length > 0 ? positionals : ["2", "3", "4"]) {
  const lesson = await findLesson(name);
  const kinds = { solution: lesson.solution, starter: lesson.folder };
  for (const [kind, from] of Object.entries(kinds)) {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      await pool.full();
      times.push(await timed(() => runLesson(lesson, { from, pool })));
    }
    say(lesson.id, `warm ${kind}`, times);
  }
  const times: number[] = [];
  for (let run = 0; run < cold; run++) times.push(await timed(() => promisify(execFile)("npm", ["run", "-s", lesson.script, "--", "--from", lesson.solution])));
  say(lesson.id, "cold solution", times);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

function say(lesson: string, what: string, times: number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0).padStart(7);
  console.log(`  ${lesson.padEnd(18)} ${what.padEnd(14)}${at(0.5)} ${at(0.95)} ${String(times.length).padStart(3)}`);
}
