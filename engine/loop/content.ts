import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { starterFiles } from "#engine/lessons/originals.ts";

/** One hash over the learner's files of a lesson, names and bytes: a verdict says which content it judged. */
export function contentOf(lesson: Lesson): string {
  const hash = createHash("sha256");
  for (const file of starterFiles(lesson.id, lesson.root)) {
    hash.update(file).update("\0");
    try {
      hash.update(readFileSync(join(lesson.root, file)));
    } catch {
      // It went away between the listing and the reading; the next event tells.
    }
  }
  return hash.digest("hex");
}
