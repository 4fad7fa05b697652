import { join } from "node:path";
import { expect, test } from "vitest";
import { addressOf } from "#engine/lab/address.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { openLab } from "#engine/lab/open.ts";
import type { House } from "#engine/house/house.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { ByHand } from "./by-hand.ts";

test("a lesson that needs a cluster is not run on the house's one server: it says what to start instead", async () => {
  await using byHand = new ByHand({} as House, () => {});
  await expect(byHand.start(await findLesson("14"), 1)).rejects.toMatchObject({ name: "Refusal", next: "npm run cluster" });
  expect(byHand.names).toEqual([]);
});

test("setup has ended before the worker begins, and where it fails nothing else is started", async () => {
  const lesson = await findLesson("11");
  await using lab = await openLab(lesson, { tap: true });
  const lines: string[] = [];
  await using byHand = new ByHand(houseOf(lab), (program, text) => lines.push(`${program} ${text}`));
  await byHand.start({ ...lesson, folder: lesson.solution }, 1);
  await expect.poll(() => lines.some((line) => line.startsWith("worker process")), { timeout: 10_000 }).toBe(true);
  expect(lines.slice(0, 3)).toEqual(["setup (started)", "setup ORDERS is there, in 8 parts", "setup (ended with exit code 0)"]);
  expect(byHand.names).toEqual(["worker"]);
  // Told to stop before it has asked all its consumers, it would wait for the rest.
  const asked = async () => (await lab.streams()).flatMap(({ consumers }) => consumers).filter(({ num_waiting }) => num_waiting > 0).length;
  await expect.poll(asked, { timeout: 10_000 }).toBe(8);
  byHand.stop();
  await expect.poll(() => byHand.names, { timeout: 10_000 }).toEqual([]);
  await byHand.start({ ...lesson, folder: join(lesson.root, "attempts", lesson.id, "insists-on-a-new-stream") }, 1);
  expect(lines).toContain("setup (so nothing else is started)");
  expect(byHand.names).toEqual([]);
});

/** What programs run by hand need of a house, from a lab. */
function houseOf(lab: Lab): House {
  const { folder, record, reaper, tap, world, server } = lab;
  return { folder, record, reaper, tap, world, server, address: addressOf(server) } as unknown as House;
}
