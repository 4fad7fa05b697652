import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { workshopRoot } from "#engine/files/root.ts";
import { Refusal } from "#engine/files/refusal.ts";
import type { LessonDef } from "./define.ts";

/** A lesson with its place: what `lesson.ts` says, and where its three folders are. */
export interface Lesson extends LessonDef {
  /** Folder name, `04-queue-groups`. */
  id: string;
  /** 4; the appendix comes last and has none. */
  number?: number;
  slug: string;
  /** The npm script that checks it, `check:lesson-4`. */
  script: string;
  root: string;
  /** Absolute paths of `lessons/<id>`, `solutions/<id>` and `attempts/<id>`. */
  folder: string;
  solution: string;
  attempts: string;
}

/** The folder names of all lessons in the order they are taken: by number, the appendix last. */
export function lessonIds(root: string = workshopRoot()): string[] {
  const folder = join(root, "lessons");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "lesson.ts")))
    .map((entry) => entry.name)
    .sort();
}

/** Loads every lesson, in order. */
export async function allLessons(root: string = workshopRoot()): Promise<Lesson[]> {
  return Promise.all(lessonIds(root).map((id) => loadLesson(id, root)));
}

/**
 * Finds a lesson by what a person may type: `4`, `04`, `queue-groups`, `04-queue-groups`, `appendix`.
 * Throws a `Refusal` that lists the lessons when there is none of that name.
 */
export async function findLesson(name: string, root: string = workshopRoot()): Promise<Lesson> {
  const wanted = name.trim().toLowerCase().replace(/^lesson-/, "");
  const id = lessonIds(root).find((candidate) => isCalled(candidate, wanted));
  if (!id) throw noSuchLesson(name, root);
  return loadLesson(id, root);
}

/** Loads one lesson by its folder name. */
export async function loadLesson(id: string, root: string = workshopRoot()): Promise<Lesson> {
  const folder = join(root, "lessons", id);
  const module = (await import(pathToFileURL(join(folder, "lesson.ts")).href)) as { default: LessonDef };
  const number = numberOf(id);
  return {
    ...module.default,
    id,
    ...(number === undefined ? {} : { number }),
    slug: slugOf(id),
    script: scriptOf(id),
    root,
    folder,
    solution: join(root, "solutions", id),
    attempts: join(root, "attempts", id),
  };
}

/** The name of the npm script that checks a lesson: `check:lesson-4`, or `check:appendix`. */
export function scriptOf(id: string): string {
  const number = numberOf(id);
  return number === undefined ? `check:${id.split("-")[0]}` : `check:lesson-${number}`;
}

/** How a person is told to name the lesson on a command line: `4`, or `appendix`. */
export function shortName(lesson: Lesson): string {
  return lesson.number === undefined ? (lesson.id.split("-")[0] ?? lesson.id) : String(lesson.number);
}

function isCalled(id: string, wanted: string): boolean {
  const number = numberOf(id);
  if (number !== undefined && /^\d+$/.test(wanted)) return number === Number(wanted);
  return id === wanted || slugOf(id) === wanted || (number === undefined && id.split("-")[0] === wanted);
}

function numberOf(id: string): number | undefined {
  const found = /^(\d\d)-/.exec(id);
  return found ? Number(found[1]) : undefined;
}

function slugOf(id: string): string {
  return id.replace(/^(\d\d|appendix)-/, "");
}

function noSuchLesson(name: string, root: string): Refusal {
  const known = lessonIds(root).map((id) => `  ${(numberOf(id) ?? "appendix").toString().padStart(8)}  ${slugOf(id)}`);
  return new Refusal(`Cannot find lesson "${name}". The lessons here are:\n${known.join("\n")}`, "npm run list");
}
