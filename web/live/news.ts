import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { watch } from "chokidar";
import type { CheckVerdict } from "#engine/check/verdict.ts";
import { glanceAtProgress } from "#engine/progress/progress.ts";
import { lastVerdict, VERDICTS } from "#engine/progress/verdicts.ts";
import type { Hub } from "../hub.ts";
import { allMeasured, OUTCOMES, storyOf } from "../reader/checks.ts";

/** A check as the page shows it; `story` is HTML in which everything is escaped. */
export interface CheckNews {
  lesson: string;
  id: string;
  outcome: string;
  sign: string;
  word: string;
  story: string;
}

/** Sends one check's outcome to the pages. */
export async function tellCheck(hub: Hub, lesson: string, check: CheckVerdict): Promise<void> {
  const [sign, word] = OUTCOMES[check.outcome] ?? ["·", ""];
  const news: CheckNews = { lesson, id: check.id, outcome: check.outcome, sign, word, story: String(await storyOf(check)) };
  hub.publish("check", news);
}

/**
 * Watches verdicts and progress as they are written, by whichever process, and tells the pages. Returns what ends it.
 */
export function watchNews(root: string, hub: Hub): AsyncDisposable {
  mkdirSync(join(root, VERDICTS), { recursive: true });
  const watcher = watch([join(root, VERDICTS), join(root, ".workshop/progress.json")], { ignoreInitial: true });
  const tell = async (path: string) => {
    if (path.endsWith("progress.json")) {
      const progress = await glanceAtProgress(root);
      return progress && hub.publish("progress", progress);
    }
    const lesson = /([\w-]+)\.json$/.exec(path)?.[1];
    const kept = lesson && path.includes("verdicts") ? await lastVerdict(lesson, root) : undefined;
    if (!lesson || !kept) return;
    for (const check of kept.verdict.checks) await tellCheck(hub, lesson, check);
    hub.publish("verdict", { lesson, outcome: kept.verdict.outcome, seconds: kept.verdict.seconds, at: kept.at, measured: allMeasured(kept.verdict.checks).join(" "), error: kept.verdict.error?.text });
  };
  watcher.on("all", (_event, path) => void tell(path).catch(() => {}));
  return { [Symbol.asyncDispose]: () => watcher.close() };
}
