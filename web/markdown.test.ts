import { expect, test } from "vitest";
import { sectionsOf } from "./markdown.ts";

const OPTIONS = { link: (to: string) => `/to/${to}`, file: (path: string) => (path.endsWith(".ts") ? `/files/${path}` : undefined) };

test("sectionsOf() cuts a page at its second headings, with GitHub's anchors", () => {
  const { title, sections } = sectionsOf("# 4 · Share\n\nFirst.\n\n## A queue group\n\nSecond `x`.\n\n### Deeper\n\n## What `drain` does\n", OPTIONS);
  expect(title).toBe("4 · Share");
  expect(sections.map(({ anchor, heading }) => [anchor, heading])).toEqual([["", ""], ["a-queue-group", "A queue group"], ["what-drain-does", "What drain does"]]);
  expect(sections[0]?.html).toBe("<p>First.</p>\n");
  expect(sections[1]?.html).toContain('<h2 id="a-queue-group">A queue group</h2>');
});

test("sectionsOf() leads links into the site, opens files, and folds answers", () => {
  const { sections } = sectionsOf("[a](../07/README.md) [b](https://nats.io) `worker.ts` `nc.drain()`\n\n<details><summary>The number</summary>\n\nIt is **40**.\n\n</details>\n", OPTIONS);
  const html = sections[0]?.html ?? "";
  expect(html).toContain('<a href="/to/../07/README.md">a</a> <a href="https://nats.io" rel="noreferrer">b</a>');
  expect(html).toContain('<a class="file" href="/files/worker.ts" data-file="worker.ts"><code>worker.ts</code></a> <code>nc.drain()</code>');
  expect(html).toMatch(/<details>\s*<summary>The number<\/summary>\s*<p>It is <strong>40<\/strong>\.<\/p>\s*<\/details>/);
});

test("sectionsOf() paints code it knows and leaves other code as text", () => {
  const { sections } = sectionsOf("```ts\nconst a = '<b>';\n```\n\n```nothing\n<b>\n```\n", OPTIONS);
  expect(sections[0]?.html).toContain('<span class="hljs-keyword">const</span>');
  expect(sections[0]?.html).toContain("&lt;b&gt;\n</code>");
});

test("sectionsOf() names a table by its headings, and a corner without words is no heading", () => {
  const { sections } = sectionsOf("| | `a` | \"b\" |\n| --- | --- | --- |\n| x | 1 | 2 |\n", OPTIONS);
  expect(sections[0]?.html).toContain('role="region" aria-label="Table: a, &quot;b&quot;"');
  expect(sections[0]?.html).toMatch(/<tr>\s*<td><\/td>\s*<th><code>a<\/code><\/th>/);
});
