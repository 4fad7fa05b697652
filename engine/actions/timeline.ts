import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { timeline } from "#engine/pictures/timeline.ts";
import { readRecord } from "#engine/record/read.ts";

const MOST_LINES = 60;

/** The last run of a lesson as its flight record tells it: the programs, the wire and the world in one story. */
export async function timelineText(lesson: Lesson): Promise<string> {
  const file = await lastRecord(lesson);
  if (!file) return `\n  No run of this lesson is recorded yet: npm run ${lesson.script}`;
  const { events } = await readRecord(file);
  const lines = timeline(events.filter((event) => event.kind !== "count" && !event.subject?.startsWith("_INBOX")));
  const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES / 2), `           … ${lines.length - MOST_LINES} lines more in ${file.slice(lesson.root.length + 1)}`, ...lines.slice(-MOST_LINES / 2)] : lines;
  return `\n${shown.join("\n")}`;
}

async function lastRecord(lesson: Lesson): Promise<string | undefined> {
  const runs = join(lesson.root, ".workshop", "run");
  if (!existsSync(runs)) return undefined;
  const files = readdirSync(runs).map((id) => join(runs, id, "flight.jsonl")).filter((file) => existsSync(file));
  for (const file of files.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)) {
    const { header } = await readRecord(file);
    if (header?.lesson === lesson.id && !file.includes("house-")) return file;
  }
  return undefined;
}
