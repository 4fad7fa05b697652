import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { anchorOf } from "#engine/lessons/anchors.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";

/** A lesson's README: its anchors exist, its links lead somewhere, its commands can be typed. */
export function readmeProblems(lesson: Lesson, scripts: Record<string, string>): string[] {
  const file = join(lesson.folder, "README.md");
  if (!existsSync(file)) return ["has no README.md"];
  const text = readFileSync(file, "utf8");
  const anchors = anchorsOf(text);
  return [
    ...lesson.checks.filter(({ at }) => at !== undefined && !anchors.includes(at)).map(({ id, at }) => `check ${id} points to ${at}, which README.md does not have`),
    ...pageProblems(file, { root: lesson.root, scripts }),
  ];
}

/** Any Markdown page of the repository: dead links, npm scripts that do not exist, files that are not there. */
export function pageProblems(file: string, { root, scripts }: { root: string; scripts: Record<string, string> }): string[] {
  const text = readFileSync(file, "utf8");
  const anchors = anchorsOf(text);
  return [
    ...linksOf(text).filter((link) => dead(link, file, anchors)).map((link) => `links to ${link}, which does not exist`),
    ...commandsOf(text).filter((name) => !scripts[name]).map((name) => `says \`npm run ${name}\`, which package.json does not have`),
    ...programsOf(text).filter((path) => !existsSync(join(root, path))).map((path) => `says \`npx tsx ${path}\`, which does not exist`),
  ];
}

/** The anchors a Markdown page has, as GitHub makes them: `## What you do` is `#what-you-do`. */
export function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/```[\s\S]*?```/g, "").match(/^#+ .*$/gm) ?? [];
  return headings.map((line) => `#${anchorOf(line.replace(/^#+ /, ""))}`);
}

function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => found[1] ?? "").filter((link) => !/^[a-z]+:/.test(link));
}

function dead(link: string, file: string, anchors: string[]): boolean {
  const [path = "", anchor] = link.split("#");
  if (path === "") return !anchors.includes(`#${anchor}`);
  return !existsSync(join(dirname(file), decodeURI(path)));
}

function commandsOf(text: string): string[] {
  const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z0-9:-]*)/g)].map((found) => found[1] ?? "");
  return named.filter((name) => !name.endsWith("-N") && name !== "check:lesson-");
}

function programsOf(text: string): string[] {
  return [...text.matchAll(/npx tsx ([\w./-]+)/g)].map((found) => found[1] ?? "");
}
