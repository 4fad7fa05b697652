import { expect, test } from "vitest";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openLab } from "./open.ts";
import { makeOrdersStream, store } from "./streams.ts";

const lesson = await findLesson("08");
const ACK_WAIT = { env: { ACK_WAIT_MS: "5000" } };

test("start() of a program that pulls waits until the server counts its pull request, copies side by side too", async () => {
  await using lab = await openLab(lesson, { from: lesson.solution });
  await makeOrdersStream(lab);
  for (const wanted of [2, 4]) {
    await Promise.all([lab.start("worker", ACK_WAIT), lab.start("worker", ACK_WAIT)]);
    const [stream] = await lab.streams();
    expect(stream?.consumers.map((consumer) => consumer.num_waiting)).toEqual([wanted]);
  }
});

test("start() of a program that pulls does not wait for a pull request that was answered at once", async () => {
  await using lab = await openLab(lesson, { from: lesson.solution });
  await makeOrdersStream(lab);
  await store(lab, lab.orders(1));
  const charge = lab.world.hold("before-effect", { service: "charge" });
  const worker = await lab.start("worker", ACK_WAIT);
  expect(worker.events({ kind: "ready" })).toHaveLength(1);
  const [stream] = await lab.streams();
  expect(stream?.consumers.map(({ num_waiting, num_ack_pending }) => ({ num_waiting, num_ack_pending }))).toEqual([{ num_waiting: 0, num_ack_pending: 1 }]);
  charge.release();
});
