import { expect, test } from "vitest";
import { definePicture, type Input } from "#engine/pictures/picture.ts";
import { Player } from "./player.ts";

/** A picture that counts what is published, and keeps who listens. */
const counting = definePicture<{ count: number; last: number; listeners: number }>({
  id: "counting", title: "", looks: "",
  begin: () => ({ count: 0, last: 0, listeners: 0 }),
  after: (state, { kind, t }) => (kind === "publish" ? { ...state, count: state.count + 1, last: t } : kind === "subscribe" ? { ...state, listeners: state.listeners + 1 } : state),
  draw: () => "", table: () => ({ head: [], rows: [] }),
});

const story = (from: number, to: number): Input[] => Array.from({ length: to - from }, (_, index) => ({ t: from + index, kind: index % 2 === 0 ? "publish" : "pong" }));
const counted = (player: Player) => (player.state as { count: number }).count;

test("live: what arrives has happened, and time goes on with this machine's clock", () => {
  const player = new Player(counting);
  player.take(story(0, 300), { now: 300, here: 1_000, reset: true });
  player.take(story(300, 400), { now: 400, here: 1_100 });
  player.tick(1_150, 50);
  expect(counted(player)).toBe(200);
  expect(player.now).toBe(450);
});

test("step() goes back and forth over what changes the picture, and time stands still", () => {
  const player = new Player(counting);
  player.take(story(0, 500), { now: 500, here: 0, reset: true });
  for (let n = 0; n < 30; n++) player.step(-1);
  expect(counted(player)).toBe(220);
  for (let n = 0; n < 10; n++) player.step(1);
  expect(counted(player)).toBe(230);
  expect(player.mode).toBe("paused");
  player.take(story(500, 600), { now: 600, here: 100 });
  player.tick(200, 100);
  expect(counted(player)).toBe(230);
  player.set("live");
  player.tick(210, 10);
  expect(counted(player)).toBe(300);
});

test("slow: a quarter of the world's speed, from the moment it was asked for", () => {
  const player = new Player(counting);
  player.take([], { now: 1_000, here: 0, reset: true });
  player.set("slow");
  player.take(story(1_000, 2_000), { now: 2_000, here: 1_000 });
  player.tick(1_000, 1_000);
  expect(player.now).toBe(1_250);
  expect(counted(player)).toBe(126);
});

test("start() plays the story again in its own time, and is live where it has caught up", () => {
  const player = new Player(counting);
  player.take(story(0, 1_000), { now: 999, here: 0, reset: true });
  player.start();
  player.tick(100, 100);
  expect([player.mode, player.now, counted(player)]).toEqual(["play", 100, 51]);
  player.tick(2_000, 1_900);
  expect([player.mode, counted(player)]).toEqual(["play", 500]);
  player.tick(2_100, 1_200);
  expect(player.mode).toBe("live");
});

test("show() brings another picture to the same moment; what was forgotten long ago still holds where it must", () => {
  const player = new Player(counting);
  player.take([{ t: 0, kind: "subscribe" }], { now: 0, here: 0, reset: true });
  for (let n = 0; n < 10; n++) {
    player.take(story(n * 1_000, (n + 1) * 1_000), { now: n, here: n });
    player.tick(n, 1);
  }
  expect(counted(player)).toBe(5_000);
  expect(player.place.of).toBeLessThan(7_000);
  player.show(counting);
  expect(player.state).toMatchObject({ listeners: 1, last: 9_998 });
  player.step(-1);
  expect(player.state).toMatchObject({ last: 9_996 });
});
