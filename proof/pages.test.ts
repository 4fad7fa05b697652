import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { pageProblems } from "./readme.ts";

const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as { scripts: Record<string, string> };
const pages = [
  ...readdirSync(repositoryRoot).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(repositoryRoot, "docs"), { recursive: true }).map((name) => join("docs", String(name))).filter((name) => name.endsWith(".md")),
];

test.each(pages)("the links of %s lead somewhere, and its commands can be typed", (page) => {
  expect(pageProblems(join(repositoryRoot, page), { root: repositoryRoot, scripts })).toEqual([]);
});
