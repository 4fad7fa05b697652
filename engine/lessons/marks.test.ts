import { expect, test } from "vitest";
import { lastState, stateOf, withoutMarks } from "./marks.ts";

const text = `const a = 1;

//@ 2
// Listen.
const sub = listen("a.*");
//@ 1-1| const sub = listen("a");
use(sub);

function stop() {
  //@ 3
  drain();
  //@ 1-2|   close();
}
`;

test("a line belongs to a state from its mark to the next mark or blank line", () => {
  expect(stateOf(text, 1)).toBe(`const a = 1;\n\nconst sub = listen("a");\nuse(sub);\n\nfunction stop() {\n    close();\n}\n`);
  expect(stateOf(text, 2)).toContain(`// Listen.\nconst sub = listen("a.*");\nuse(sub);`);
  expect(stateOf(text, 2)).toContain("close();");
});

test("the last state is the text without its marks", () => {
  expect(lastState(text)).toBe(3);
  expect(stateOf(text, 3)).toBe(withoutMarks(text));
  expect(lastState("no marks\n")).toBe(1);
  expect(stateOf("no marks\n", 1)).toBe("no marks\n");
});

test("blank lines that a missing part leaves behind are drawn together", () => {
  expect(stateOf("a\n\n//@ 2\nb\n\nc\n", 1)).toBe("a\n\nc\n");
});

test("one number is a range of one state", () => {
  expect([1, 2].map((state) => stateOf("a\n  //@ 1| b\n", state))).toEqual(["a\n  b\n", "a\n"]);
  expect(lastState("//@ 1| b\n")).toBe(2);
});

test("a mark that is none is refused with its line", () => {
  expect(() => stateOf("a\n//@ two\nb\n", 1)).toThrow(/line 2 is no mark of the talk: \/\/@ two/);
});
