import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openLab } from "#engine/lab/open.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openPipeline, tour } from "../scripts/demo/watch.ts";

test("demo:watch makes the pipeline ill in three ways, and lesson 15's watchman names each, and its end", { timeout: 120_000 }, async () => {
  const lesson = await findLesson("15");
  await using lab = await openLab(lesson, { from: lesson.solution, noLimits: true });
  await using pipeline = await openPipeline(lab);
  const told: string[] = [];
  const seen = await tour(pipeline, { tell: (text) => told.push(text), stays: 0, signal: new AbortController().signal });
  expect(seen).toEqual(["healthy", "lagging", "healthy", "stalled", "healthy", "redelivering", "healthy"]);
  expect(told.filter((text) => text.includes("/healthz 503"))).toHaveLength(2);
});

test("the configuration for Prometheus names the ports that the contract gives the two programs", async () => {
  const folder = new URL("../lessons/15-observability/", import.meta.url);
  const [config, watch, worker] = await Promise.all(["prometheus.yml", "watch.ts", "worker.ts"].map((file) => readFile(new URL(file, folder), "utf8")));
  expect(config).toContain(`127.0.0.1:${/PORT \?\? (\d+)/.exec(watch ?? "")?.[1]}`);
  expect(config).toContain(`127.0.0.1:${/METRICS_PORT \?\? (\d+)/.exec(worker ?? "")?.[1]}`);
});
