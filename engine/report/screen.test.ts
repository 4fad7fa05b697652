import { expect, test } from "vitest";
import { Screen } from "./screen.ts";

function paper() {
  const written: string[] = [];
  return { written, write: (text: string) => written.push(text) };
}

test("draw() goes back to the first line of the picture before, and erases it", () => {
  const { written, write } = paper();
  const screen = new Screen({ write }, { live: true });
  screen.draw(["one", "two"]);
  screen.draw(["three"]);
  screen.draw(["four"]);
  expect(written).toEqual(["one\ntwo\n", "\u001b[2F\u001b[0Jthree\n", "\u001b[1F\u001b[0Jfour\n"]);
});

test("say() takes the picture's place, and the next picture comes below", () => {
  const { written, write } = paper();
  const screen = new Screen({ write }, { live: true });
  screen.draw(["picture"]);
  screen.say("something happened");
  screen.draw(["picture"]);
  expect(written.slice(1)).toEqual(["\u001b[1F\u001b[0Jsomething happened\n", "picture\n"]);
});

test("keep() leaves the last picture where it is", () => {
  const { written, write } = paper();
  const screen = new Screen({ write }, { live: true });
  screen.draw(["picture"]);
  screen.keep();
  screen.say("the end");
  expect(written.at(-1)).toBe("the end\n");
});

test("a screen in a pipe has no pictures and no escape codes, only what is said", () => {
  const { written, write } = paper();
  const screen = new Screen({ write });
  screen.draw(["picture"]);
  screen.say("something happened");
  expect(written).toEqual(["something happened\n"]);
});
