import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { starterFiles } from "#engine/lessons/originals.ts";
import { lessonIds, type Lesson } from "#engine/lessons/catalogue.ts";
import { sectionsOf, type Section } from "../markdown.ts";

/** A lesson's text, ready to be shown. */
export interface LessonText {
  title: string;
  sections: Section[];
}

/** Reads and renders a lesson's README. Throws when it has none. */
export async function lessonText(lesson: Lesson): Promise<LessonText> {
  const text = await readFile(join(lesson.folder, "README.md"), "utf8");
  return sectionsOf(text, { link: (to) => addressOf(to, lesson), file: (path) => fileAddress(path, lesson) });
}

/** Where a link of a lesson's text leads on the site: another lesson, or a file. */
function addressOf(to: string, lesson: Lesson): string {
  const [path = "", anchor] = to.split("#");
  const target = posix.normalize(`lessons/${lesson.id}/${decodeURI(path)}`).replace(/\/(README\.md)?$/, "");
  const there = lessonIds(lesson.root).find((id) => target === `lessons/${id}`);
  const address = there ? `/lessons/${there}` : `/files/${encodeURI(target)}`;
  return anchor === undefined ? address : `${address}#${anchor}`;
}

/** A file of a lesson that the text names: with its whole path, or by its bare name where it is of this lesson. */
function fileAddress(text: string, lesson: Lesson): string | undefined {
  if (!/^[\w./-]+\.(ts|json|conf|md|py)$/.test(text)) return undefined;
  const path = text.includes("/") ? posix.normalize(text) : starterFiles(lesson.id, lesson.root).find((file) => file === `lessons/${lesson.id}/${text}`);
  if (path === undefined || !mayShow(path) || !existsSync(join(lesson.root, path))) return undefined;
  return `/files/${encodeURI(path)}`;
}

/** What the site shows of the repository: the lessons and their server's settings, never what gives a solution away. */
export function mayShow(path: string): boolean {
  return /^(lessons|docs|bench|engine|scripts)\/[\w/. -]+\.(ts|json|md|sha256)$/.test(path) || ["nats-server.conf", "README.md", "package.json"].includes(path);
}
