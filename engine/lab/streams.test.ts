import { afterEach, beforeEach, expect, test } from "vitest";
import { workshopRoot } from "#engine/files/root.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { crashServer } from "./crash.ts";
import type { Lab } from "./lab.ts";
import { openLab } from "./open.ts";
import { subjectOf } from "./orders.ts";
import { makeOrdersStream, makeWorkStream, readStream, removeStreams, store } from "./streams.ts";

const LESSON = { id: "00-none", title: "None", programs: {}, checks: [], diagnoses: [], needs: { jetstream: true }, root: workshopRoot() } as unknown as Lesson;

let lab: Lab;
beforeEach(async () => { lab = await openLab(LESSON); });
afterEach(() => lab[Symbol.asyncDispose]());

test("readStream() reads every message in order and leaves no consumer behind", async () => {
  await makeOrdersStream(lab);
  const orders = lab.orders(600);
  await store(lab, orders);
  const read = await readStream(lab);
  expect(read?.map(({ subject }) => subject)).toEqual(orders.map((order) => subjectOf(order)));
  expect(read?.map(({ sequence }) => sequence)).toEqual(orders.map((_, index) => index + 1));
  expect(JSON.parse(read?.at(-1)?.text ?? "")).toEqual(orders.at(-1));
  expect((await lab.streams())[0]?.consumers).toEqual([]);
});

test("readStream() passes over what was deleted, and answers an empty list for an empty stream", async () => {
  await makeOrdersStream(lab);
  expect(await readStream(lab)).toEqual([]);
  await store(lab, lab.orders(3));
  await (await lab.jsm()).streams.deleteMessage("ORDERS", 2);
  expect((await readStream(lab))?.map(({ sequence }) => sequence)).toEqual([1, 3]);
});

test("readStream() answers undefined where there is no stream", async () => {
  await makeOrdersStream(lab);
  await removeStreams(lab);
  expect(await readStream(lab)).toBeUndefined();
});

test("store() says in a learner's words why an event was not stored", async () => {
  await expect(store(lab, lab.orders(1))).rejects.toThrow("no stream has this subject");
  await makeOrdersStream(lab, { max_msgs: 1, discard: "new" });
  await expect(store(lab, lab.orders(2))).rejects.toThrow("maximum messages exceeded");
});

test("crashServer() brings file streams back, and the administrator can ask at once", async () => {
  await makeOrdersStream(lab);
  await store(lab, lab.orders(5));
  await crashServer(lab);
  expect((await readStream(lab))?.length).toBe(5);
  const { connections } = await lab.server.get<{ connections: { cid: number; name: string }[] }>("/connz");
  expect(connections.find(({ name }) => name === "workshop-admin")?.cid).toBe((await lab.nats).info?.client_id);
});

test("makeWorkStream() makes a stream that refuses what it has no room for", async () => {
  await makeWorkStream(lab, { max_msgs: 2 });
  await expect(store(lab, lab.orders(3))).rejects.toThrow("maximum messages exceeded");
  expect((await lab.streams())[0]?.state.messages).toBe(2);
});
