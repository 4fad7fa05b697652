import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { FEATURES } from "../scripts/demo/new.ts";

const demo = (...names: string[]) => promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/demo-new.ts", ...names], { cwd: repositoryRoot, env: { ...process.env, VITEST: "", NO_COLOR: "1" } });

test("demo:new runs every feature, and what it says of each is so", async () => {
  const { stdout } = await demo();
  const lines = [...stdout.matchAll(/^ {2}([✓✗]) (2\.\d+) {2}([\w-]+)/gm)].map(([, mark, since, id]) => ({ mark, since, id }));
  expect(lines).toEqual(FEATURES.map(({ id, since }) => ({ mark: "✓", since, id })));
}, 120_000);

test("a name it does not have is refused, with those that it has", async () => {
  await expect(demo("wishes")).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/Cannot show "wishes". There are ttl, .*Next: npm run demo:new/s) });
});

test("docs/whats-new.md tells of every feature that can be run here", () => {
  const page = readFileSync("docs/whats-new.md", "utf8");
  expect(FEATURES.filter(({ id }) => !page.includes(`| \`${id}\` |`)).map(({ id }) => id)).toEqual([]);
});
