import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "#engine/house/house.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openRoom, type Room } from "../stage/apart.ts";
import { judge } from "../stage/judge.ts";
import { keepRecording } from "../stage/recording.ts";
import { Theatre } from "../stage/theatre.ts";
import { readTalk } from "../text/talk.ts";
import { Script } from "./script.ts";
import { Session } from "./session.ts";

// One talk on a real house, in the order in which a presenter might meet these things.
const talk = readTalk();
const PAYMENTS = "lessons/06-order-pipeline/payments.ts";
let room: Room;
let house: House;
let theatre: Theatre;
let session: Session;

beforeAll(async () => {
  room = await openRoom();
  house = await openHouse({ lesson: await findLesson("1"), command: "run talk", port: room.port });
  theatre = new Theatre({ house, scale: 0.25 });
  session = new Session({ talk, theatre, script: new Script(room.root), root: room.root, index: talk.steps.findIndex(({ id }) => id === "3.2") });
  await session.begin();
});
afterAll(async () => {
  await theatre[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

const text = () => readFileSync(join(room.root, PAYMENTS), "utf8");
const edit = (from: string, to: string) => writeFileSync(join(room.root, PAYMENTS), text().replace(from, to));
const nextStep = async () => {
  const { id } = session.step;
  while (session.step.id === id) await session.next();
};

test("a command is shown before it is run, and what it does is seen", async () => {
  expect(session.view).toBe("code");
  expect(theatre.names).toEqual([]);
  expect(session.step.commands[session.done]?.text).toContain("orders-api.ts");
  await session.next();
  expect([session.view, theatre.names]).toEqual(["terminal", ["orders-api"]]);
  await session.next();
  const seen = await judge(theatre, session.step.sights, session.scene);
  expect(seen.filter(({ ok }) => !ok)).toEqual([]);
});

test("what the audience asked for survives the steps after it, and where both touch a line the step wins", async () => {
  await nextStep();
  expect(session.step.id).toBe("3.3");
  edit("name: \"payments\"", "name: \"the-till\"");
  await nextStep();
  await nextStep();
  expect(session.step.id).toBe("3.5");
  expect(text()).toContain("name: \"the-till\"");
  expect(text()).toContain("return \"declined\"");
  edit("  await pay(message).catch(report);", "  await pay(message);");
  await nextStep();
  await nextStep();
  await nextStep();
  expect(session.step.id).toBe("3.8");
  expect(text()).toContain("await Promise.race(inWork)");
  expect(session.news?.text).toMatch(/1 edit of yours stood on lines of this step and was replaced; it is kept in \.workshop\/backups/);
  expect(text()).toContain("name: \"the-till\"");
});

test("back is byte for byte, and the programs that ran then run again", async () => {
  const then = text();
  await nextStep();
  expect(session.step.id).toBe("3.9");
  expect(text()).not.toBe(then);
  await session.back();
  expect([session.step.id, text()]).toEqual(["3.8", then]);
  expect(theatre.names.sort()).toEqual(["fulfilment", "orders-api", "payments"]);
});

test("with the server killed and the file in ruins, panic brings the known-good state; again, the rehearsal", async () => {
  await keepRecording(room.root, "3.8", { lines: [{ t: 10, program: "payments", text: "k3f9 paid", stream: "out" }], events: [{ t: 10, kind: "publish", subject: "orders.paid.eu.k3f9" }], from: 0 });
  await house.server.kill();
  await session.lookNow();
  expect(session.news).toMatchObject({ trouble: true, text: expect.stringContaining("nats-server has ended") as string });
  writeFileSync(join(room.root, PAYMENTS), "ruins\n");
  await session.panic();
  expect(text()).toBe(session.files.get(PAYMENTS));
  expect(theatre.names.sort()).toEqual(["fulfilment", "orders-api", "payments"]);
  while (session.done < session.step.commands.length) await session.next();
  expect((await judge(theatre, session.step.sights, session.scene)).filter(({ ok }) => !ok)).toEqual([]);
  await session.panic();
  expect(session.recording).toBeDefined();
  await expect.poll(() => [session.lines.map(({ text }) => text), session.events.map(({ subject }) => subject)]).toEqual([["k3f9 paid"], ["orders.paid.eu.k3f9"]]);
  await session.next();
  expect([session.step.id, session.recording]).toEqual(["3.9", undefined]);
});

test("line by line each press brings one line; typed, the presenter's own text counts", async () => {
  await session.goTo("3.5");
  session.setSpeed("line by line");
  await nextStep();
  await session.goTo("3.7");
  await nextStep();
  expect([session.step.id, session.typing.length > 3]).toEqual(["3.8", true]);
  const target = session.typing.at(-1)?.text;
  const before = text();
  await session.next();
  expect(text()).not.toBe(before);
  while (session.typing.length > 0) await session.next();
  expect(text()).toBe(target);
  session.setSpeed("typed");
  await nextStep();
  expect([session.step.id, text()]).toEqual(["3.9", target]);
  await session.next();
  expect(text()).toBe(session.files.get(PAYMENTS));
});

test("the end puts every file back", async () => {
  await session.script.end();
  expect(text()).toBe(readFileSync(PAYMENTS, "utf8"));
});
