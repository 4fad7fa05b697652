import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { lessonIds, loadLesson } from "#engine/lessons/catalogue.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { readProgress } from "./progress.ts";

/**
 * The lesson a person is at: the one that is open, else the first that is not passed, else the last.
 * Throws a `Refusal` when there are no lessons.
 */
export async function currentLesson(root: string = workshopRoot()): Promise<Lesson> {
  const { current, lessons } = await readProgress(root);
  const ids = lessonIds(root);
  const open = ids.find((id) => id === current) ?? ids.find((id) => !lessons[id]?.passedAt) ?? ids.at(-1);
  if (open === undefined) throw new Refusal(`Cannot open a lesson as ${root} must have lessons: it has none`, "git status");
  return loadLesson(open, root);
}
