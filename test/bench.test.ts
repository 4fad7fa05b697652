import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { markdown, svg, type Result } from "../bench/pipeline/report.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const bench = (...args: string[]) => promisify(execFile)(process.execPath, ["--import", "tsx", "bench/pipeline.ts", ...args], { cwd, env: { ...process.env, VITEST: "", NO_COLOR: "1" } });

test("bench measures every stage of the way out against the bare client, and writes nothing on a quick run", { timeout: 60_000 }, async () => {
  const { stdout } = await bench("--quick", "--only", "out");
  for (const stage of ["+ a work queue", "+ reading the order", "the pipeline"]) {
    const line = stdout.split("\n").find((text) => text.trim().startsWith(stage)) ?? "";
    const [, ratio, rate, against] = /(\d+\.\d\d) {2}\(.*\) +(\d+) against (\d+) a second/.exec(line) ?? [];
    expect(Number(rate) / Number(against)).toBeCloseTo(Number(ratio), 1);
  }
  expect(stdout).not.toContain("Written");
});

test("bench refuses a series that does not exist, and names those that do", { timeout: 60_000 }, async () => {
  await expect(bench("--only", "speed")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("payload") });
});

test("the report has each ratio in its table and in its plot", () => {
  const results: Result[] = [{ id: "window", title: "Windows & more", baseline: "a window of 1", points: [{ label: "8", median: 4.25, least: 3.5, most: 5, rate: 8_000, against: 2_000, cpu: { median: 1.1, least: 1, most: 1.2 } }] }];
  const about = { measuredAt: "2026-03-01T09:15:00.000Z", rounds: 5, count: 100, server: "2.14.0", load: [0, 0] as [number, number] };
  expect(markdown(results, about)).toContain("| 8 | **4.25** | 3.50 to 5.00 | 8,000 | 2,000 | **1.10** | 1.00 to 1.20 |");
  expect(svg(results)).toContain(">4.25</text>");
  expect(svg(results)).toContain("Windows &amp; more");
});
