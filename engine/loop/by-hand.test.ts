import { expect, test } from "vitest";
import type { House } from "#engine/house/house.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { ByHand } from "./by-hand.ts";

test("a lesson that needs a cluster is not run on the house's one server: it says what to start instead", async () => {
  await using byHand = new ByHand({} as House, () => {});
  await expect(byHand.start(await findLesson("14"), 1)).rejects.toMatchObject({ name: "Refusal", next: "npm run cluster" });
  expect(byHand.names).toEqual([]);
});
