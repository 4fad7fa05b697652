import { expect, test } from "vitest";
import { allLessons } from "#engine/lessons/catalogue.ts";
import { pictureOf } from "#engine/pictures/catalogue.ts";
import { toySite } from "./fixtures/site.ts";

test("every picture that a lesson names is there", async () => {
  for (const { id, picture } of await allLessons()) if (picture !== undefined) expect(pictureOf(picture)?.id, id).toBe(picture);
});

test("a lesson opens with its picture, and the eight are shown with their tables", async () => {
  await using site = await toySite("pictures");
  expect((await site.ask("/lessons/01-greet")).text).toContain('data-picture="hearing"');
  const { text } = await site.ask("/pictures");
  expect(text.match(/<svg /g)).toHaveLength(8);
  expect(text.match(/<th scope="col">Seen as<\/th>/g)).toHaveLength(8);
  expect((await site.ask("/samples/../guard.json")).status).toBe(404);
});
