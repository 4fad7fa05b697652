import { join, relative } from "node:path";
import { createColors } from "picocolors";
import { openInEditor } from "#engine/actions/editor.ts";
import { placeOrders } from "#engine/actions/orders.ts";
import { resetLesson } from "#engine/actions/reset.ts";
import { runLesson, type RunOptions } from "#engine/check/runner.ts";
import { undo } from "#engine/files/undo.ts";
import type { House } from "#engine/house/house.ts";
import { attemptsOf } from "#engine/lessons/attempts.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { checkLines, type Look } from "#engine/report/terminal.ts";
import { openInBrowser } from "./browser.ts";

// What some keys do, each with what is said of it.

/** Places orders on the open house, as the shop. */
export async function ordersText(house: House, count: number, look: Look): Promise<string> {
  const placed = await placeOrders({ servers: house.natsUrl, count });
  return placed.map((subject) => `  ${createColors(look.colour).dim("shop |")} ${subject}`).join("\n");
}

/** Lays the lesson's starter again. */
export async function resetText(lesson: Lesson): Promise<string> {
  const reset = await resetLesson(lesson);
  if (!reset) return "\n  Nothing was changed: it is as it was laid.";
  return `\n  Laid again: ${reset.files.join(", ")}\n  What you had is in ${reset.kept}; u brings it back. The lesson counts as not done until it passes again.`;
}

/** Takes back what the last reset, undo or update replaced. */
export async function undoText(lesson: Lesson): Promise<string> {
  const undone = await undo({ root: lesson.root });
  if (!undone) return "\n  There is nothing to undo.";
  const lines = [...undone.restored.map((file) => `  Back: ${file}`), ...undone.removed.map((file) => `  Gone again, as it was before: ${file}`)];
  return `\n${lines.join("\n")}\n  u again takes that back.`;
}

/** Opens the lesson's first program in the person's editor. Throws a `Refusal` where that cannot be. */
export async function editorText(lesson: Lesson): Promise<string> {
  const file = join(lesson.folder, `${Object.keys(lesson.programs)[0]}.ts`);
  const shown = relative(process.cwd(), file);
  await openInEditor(file, shown);
  return `\n  Opened in your editor: ${shown}`;
}

/** Opens the lesson's page in the person's browser. */
export async function pageText(house: House, lesson: Lesson): Promise<string> {
  const url = `${house.pageUrl}lessons/${lesson.id}`;
  return `\n  ${(await openInBrowser(url)) ? "Opened in your browser" : "No browser could be opened here; its address"}: ${url}`;
}

/** Runs one of the lesson's wrong programs, with each `turn` the next, from its own folder: the learner's file is not touched. */
export async function* broken(lesson: Lesson, { turn, look, ...options }: Pick<RunOptions, "pool" | "signal"> & { turn: number; look: Look }): AsyncGenerator<string, void> {
  const c = createColors(look.colour);
  const wrong = attemptsOf(lesson).flatMap((attempt) => (attempt.verdict === "failed" && !attempt.run ? [attempt] : []));
  const attempt = wrong[turn % Math.max(1, wrong.length)];
  if (!attempt) return yield "\n  This lesson has nothing to break.";
  yield `\n  ${c.bold("Broken on purpose")} · ${attempt.mistake}\n  ${c.dim(relative(lesson.root, attempt.folder))}\n`;
  const verdict = await runLesson(lesson, { ...options, from: attempt.folder, only: attempt.check });
  for (const check of verdict.checks) yield checkLines(check, look);
  yield "\n  Your own program is as it was. b breaks it in another way.";
}
