import { spawn } from "node:child_process";

/** What `node -e 0` takes on an idle two-core machine, in milliseconds (docs/design.md, Speed). */
const IDLE_MS = 70;
const EVERY_MS = 10_000;

/** Starts an empty process every ten seconds; `now()` says how many times longer than on an idle machine that took so far, on average; `stop()` ends it. */
export function slowness(): { now(): number; stop(): number } {
  const took: number[] = [];
  const timer = setInterval(() => void once().then((ms) => took.push(ms)), EVERY_MS);
  timer.unref();
  const now = () => (took.length === 0 ? 1 : took.reduce((sum, ms) => sum + ms, 0) / took.length / IDLE_MS);
  return {
    now,
    stop() {
      clearInterval(timer);
      return now();
    },
  };
}

function once(): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve) => spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }).once("close", () => resolve(performance.now() - begun)));
}
