import { join, relative } from "node:path";
import { backUp } from "#engine/files/backups.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { writeSafely } from "#engine/files/write.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { editedFiles, original } from "#engine/lessons/originals.ts";
import { noteReset } from "#engine/progress/note.ts";

/** What a reset has done. */
export interface Reset {
  /** The files that are starters again, relative to the root. */
  files: string[];
  /** Where the learner's text is kept, relative to the root. */
  kept: string;
}

/**
 * Lays a lesson's starter again, after a backup. Undefined when nothing was changed.
 * Throws a `Refusal`, and touches nothing, when an original cannot be had.
 */
export async function resetLesson(lesson: Lesson): Promise<Reset | undefined> {
  const files = editedFiles(lesson.root).filter((file) => file.startsWith(`lessons/${lesson.id}/`));
  if (files.length === 0) return undefined;
  const texts = files.map((file) => ({ file, text: textOf(file, lesson.root) }));
  const backup = await backUp(files.map((file) => join(lesson.root, file)), `reset-${lesson.slug}`, lesson.root);
  for (const { file, text } of texts) await writeSafely(join(lesson.root, file), text);
  await noteReset(lesson.id, lesson.root);
  return { files, kept: relative(lesson.root, backup?.folder ?? "") };
}

function textOf(file: string, root: string): string {
  const text = original(file, root);
  if (text === undefined) throw new Refusal(`Cannot reset as the original of ${file} is not kept on this machine, and git does not have it.`, "git status");
  return text;
}
