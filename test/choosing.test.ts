import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ALL, CHOICES, NATS, rightOnes, type Argument } from "../lessons/17-choosing/check.situations.ts";

const saidToEach = ALL.flatMap((situation) => CHOICES.map((choice) => ({ name: `${situation.id} · ${choice}`, ...situation.answers[choice] })));

test("twelve situations, and an argument for each answer to each of them", () => {
  expect(ALL).toHaveLength(12);
  expect(saidToEach.filter(({ says, see }: Partial<Argument>) => !says || !see).map(({ name }) => name)).toEqual([]);
});

test("no tool is right everywhere, each is right somewhere, and five situations are lost on whoever knows NATS only", () => {
  for (const choice of CHOICES) expect(ALL.filter((situation) => rightOnes(situation).includes(choice)).length, choice).toSatisfy((count: number) => count > 0 && count < ALL.length);
  expect(ALL.filter((situation) => !rightOnes(situation).some((choice) => NATS.includes(choice)))).toHaveLength(5);
  expect(ALL.filter((situation) => rightOnes(situation).length > 1)).toHaveLength(7);
});

test("the README tells every situation", () => {
  const readme = readFileSync("lessons/17-choosing/README.md", "utf8");
  expect(ALL.filter(({ id }) => !readme.includes(`- \`${id}\`: `)).map(({ id }) => id)).toEqual([]);
});

test("every argument says where it can be looked up, and it is there", () => {
  const pages = Object.fromEntries(["comparison", "patterns", "whats-new"].map((name) => [name, readFileSync(`docs/${name}.md`, "utf8")]));
  const wrong = saidToEach.filter(({ see }) => !see.split("; ").every((place) => isThere(place, pages)));
  expect(wrong.map(({ name, see }) => `${name}: ${see}`)).toEqual([]);
});

function isThere(place: string, pages: Record<string, string>): boolean {
  const lesson = /^lesson (\d+)$/.exec(place)?.[1];
  if (lesson) return Number(lesson) >= 1 && Number(lesson) <= 17;
  const [, page = "", references = ""] = /^docs\/([\w-]+)\.md(?:, (.+))?$/.exec(place) ?? [];
  const listed = (pages[page] ?? "").split("## References")[1] ?? "";
  return page in pages && references.split(" and ").filter(Boolean).every((reference) => new RegExp(`\\b${reference} `).test(listed));
}
