import { expect, test } from "vitest";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openLab } from "./open.ts";
import { connectionsAt } from "./servers.ts";

const lesson = await findLesson("14");

test("a lab with a cluster shows streams as their leaders do, steers a program to one server, and outlives another", { timeout: 180_000 }, async () => {
  await using lab = await openLab(lesson, { from: lesson.solution });
  await lab.run("setup", { within: 30_000 });
  const there = () => lab.streams().then((streams) => streams.find(({ name }) => name === "ORDERS"));
  const stream = await there();
  expect(lab.servers.map(({ name }) => name)).toContain(stream?.leader);
  expect(stream?.replicas).toHaveLength(2);

  const [first, second, third] = lab.servers;
  const worker = await lab.start("worker", { reaches: second! });
  const mine = lab.connectionsOf(worker);
  const where = (await connectionsAt(lab.servers))!.filter(({ cid, name, server }) => mine(cid, name, server)).map(({ server }) => server);
  expect(where).toEqual([second!.port]);
  worker.reachAll();
  expect(new Set(worker.doors.map(({ server }) => server))).toEqual(new Set([first, second, third]));
  expect(worker.doors.filter(({ door }) => door.dials > 0).map(({ server }) => server)).toEqual([second]);

  await second!.kill();
  await lab.until(() => worker.events({ kind: "connect" }).length === 2, { evenIfQuiet: true, within: 20_000, expected: "the worker to come back at another server", seen: () => "it has not" });
  expect((await connectionsAt(lab.servers))?.some(({ server }) => server === second!.port)).toBe(false);
  await lab.cluster!.whole();
  expect(lab.servers.map(({ state }) => state)).toEqual(["running", "running", "running"]);
});
