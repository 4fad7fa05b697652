import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Script } from "./script.ts";

const FILE = "lessons/06-x/payments.ts";
const one = new Map([[FILE, "a\n\nb\n\nc\n"], ["lessons/06-x/new.ts", "new\n"]]);
const two = new Map([[FILE, "a\n\nB\n\nc\n"], ["lessons/06-x/new.ts", "new\n"]]);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "script-"));
  mkdirSync(join(root, "lessons/06-x"), { recursive: true });
  writeFileSync(join(root, FILE), "the learner's own\n");
});
afterEach(() => rmSync(root, { recursive: true }));

const text = () => readFileSync(join(root, FILE), "utf8");

test("a step is laid, an edit beside it survives the next, and back is byte for byte", async () => {
  const script = new Script(root);
  const first = await script.lay("3.1", one);
  expect(text()).toBe("a\n\nb\n\nc\n");
  expect(readFileSync(join(root, first.kept!, FILE), "utf8")).toBe("the learner's own\n");
  writeFileSync(join(root, FILE), "a // asked for\n\nb\n\nc\n");
  expect(await script.lay("3.2", two)).toEqual({ changed: [FILE], replaced: [] });
  expect(text()).toBe("a // asked for\n\nB\n\nc\n");
  expect(await script.back()).toBe("3.2");
  expect(text()).toBe("a // asked for\n\nb\n\nc\n");
  await script.lay("3.2", two);
  expect(text()).toBe("a // asked for\n\nB\n\nc\n");
});

test("where both touched a line the step wins, and what stood there is kept", async () => {
  const script = new Script(root);
  await script.lay("3.1", one);
  writeFileSync(join(root, FILE), "a\n\nmine\n\nc\n");
  const laid = await script.lay("3.2", two);
  expect(laid.replaced).toEqual([{ path: FILE, text: "mine" }]);
  expect(text()).toBe("a\n\nB\n\nc\n");
  expect(readFileSync(join(root, laid.kept!, FILE), "utf8")).toBe("a\n\nmine\n\nc\n");
});

test("panic lays the step's own text and keeps the wreck", async () => {
  const script = new Script(root);
  await script.lay("3.1", one);
  writeFileSync(join(root, FILE), "wreck\n");
  const kept = await script.force("3.1", one);
  expect(text()).toBe("a\n\nb\n\nc\n");
  expect(readFileSync(join(root, kept!, FILE), "utf8")).toBe("wreck\n");
});

test("the end puts every file back, also after the program was started again", async () => {
  const script = new Script(root);
  await script.lay("3.1", one);
  const again = new Script(root, JSON.parse(JSON.stringify(script.data)));
  await again.lay("3.2", two);
  expect((await again.end()).sort()).toEqual(["lessons/06-x/new.ts", FILE]);
  expect(text()).toBe("the learner's own\n");
  expect(existsSync(join(root, "lessons/06-x/new.ts"))).toBe(false);
});
