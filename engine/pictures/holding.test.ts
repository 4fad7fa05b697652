import { expect, test } from "vitest";
import type { FlightEvent } from "#engine/record/events.ts";
import { drawHolding } from "./holding-text.ts";
import { after, nobodyHolds, whoHoldsWhat, type HoldingOf } from "./holding.ts";

const OF: HoldingOf = { stream: "ORDERS", consumer: "payments", ackWait: 6_000 };
const FIRST = { subject: "orders.placed.eu.k3f9-1", stream: "ORDERS", sequence: 1 };
const SECOND = { subject: "orders.placed.us.k3f9-2", stream: "ORDERS", sequence: 2 };

/** Two orders are stored, worker#1 has done the first, worker#2 is charging the second. */
const STORY: FlightEvent[] = [
  { t: 10, kind: "pull", program: "worker#2", life: 1, stream: "ORDERS", consumer: "payments", batch: 1 },
  { t: 11, kind: "pull", program: "worker#1", life: 1, stream: "ORDERS", consumer: "payments", batch: 1 },
  { t: 20, kind: "puback", program: "shop", life: 1, ...FIRST },
  { t: 21, kind: "deliver", program: "worker#1", life: 1, ...FIRST, consumer: "payments", deliveries: 1 },
  { t: 22, kind: "puback", program: "shop", life: 1, ...SECOND },
  { t: 23, kind: "deliver", program: "worker#2", life: 1, ...SECOND, consumer: "payments", deliveries: 1 },
  { t: 30, kind: "call", program: "worker#2", life: 1, service: "charge", order: "k3f9-2" },
  { t: 40, kind: "ack", program: "worker#1", life: 1, ...FIRST, consumer: "payments", deliveries: 1 },
];
const DIES: FlightEvent = { t: 1_000, kind: "exit", program: "worker#2", life: 1, note: "SIGKILL" };
const AGAIN: FlightEvent = { t: 6_030, kind: "deliver", program: "worker#1", life: 1, ...SECOND, consumer: "payments", deliveries: 2 };

test("whoHoldsWhat() knows for each message who has it and until when the server waits", () => {
  expect(whoHoldsWhat(STORY, OF).messages).toEqual([
    { sequence: 1, subject: FIRST.subject, at: "done", holder: "worker#1", deliveries: 1 },
    { sequence: 2, subject: SECOND.subject, at: "held", holder: "worker#2", deliveries: 1, due: 6_023 },
  ]);
});

test("whoHoldsWhat() lays what a dead worker had on the floor, and gives it to who gets it next", () => {
  const dropped = whoHoldsWhat([...STORY, DIES], OF);
  expect(dropped.messages[1]).toMatchObject({ at: "fallen", holder: "worker#2", due: 6_023 });
  expect(after(dropped, AGAIN).messages[1]).toMatchObject({ at: "held", holder: "worker#1", deliveries: 2, due: 12_030 });
});

test("whoHoldsWhat() starts the ack wait anew at a sign of progress, and puts what is given back among the waiting", () => {
  const working = whoHoldsWhat([...STORY, { t: 2_000, kind: "progress", program: "worker#2", life: 1, ...SECOND, consumer: "payments" }], OF);
  expect(working.messages[1]?.due).toBe(8_000);
  const { at, due } = after(working, { t: 2_100, kind: "nak", program: "worker#2", life: 1, ...SECOND, consumer: "payments" }).messages[1]!;
  expect({ at, due }).toEqual({ at: "waiting", due: undefined });
});

test("whoHoldsWhat() takes a late delivery of what is done for what it is: nothing new", () => {
  const done = whoHoldsWhat(STORY, OF);
  expect(after(done, { ...AGAIN, ...FIRST }).messages[0]?.at).toBe("done");
});

test("after() leaves the picture alone when an event belongs to another stream, consumer or program", () => {
  const holding = whoHoldsWhat(STORY, OF);
  expect(after(holding, { t: 50, kind: "puback", program: "shop", life: 1, stream: "DEAD", sequence: 3, subject: "dead.x" })).toBe(holding);
  expect(after(holding, { ...AGAIN, consumer: "audit" })).toBe(holding);
  expect(after(holding, { t: 50, kind: "call", program: "checkout", life: 1, service: "charge", order: "k3f9-9" })).toBe(holding);
});

test("whoHoldsWhat() begins a new life with empty hands", () => {
  const { holders } = whoHoldsWhat([...STORY, DIES, { t: 1_200, kind: "pull", program: "worker#2", life: 2, stream: "ORDERS", consumer: "payments", batch: 1 }], OF);
  expect(holders.find(({ name }) => name === "worker#2")).toEqual({ name: "worker#2", life: 2, asks: true });
});

test("drawHolding() shows the stream, each worker by name, and how long the server still waits", () => {
  expect(drawHolding(whoHoldsWhat(STORY, OF), { now: 3_023, columns: 80 })).toEqual([
    "  ORDERS / payments   · 0 waiting   ● 1 in hand   ✓ 1 acked",
    "  ✓ ●",
    "",
    "  worker#1  has nothing",
    "  worker#2  ● charges  k3f9-2    ██████░░░░░░ 3.0 s to ack",
  ]);
});

test("drawHolding() shows what a dead worker dropped, and that its time is over", () => {
  const lines = drawHolding(whoHoldsWhat([...STORY, DIES], OF), { now: 7_000, columns: 80 });
  expect(lines.slice(3)).toEqual([
    "  worker#1  has nothing",
    "  worker#2  ✗ gone (SIGKILL)",
    "  no one    ▲ dropped  k3f9-2    ░░░░░░░░░░░░ over: for the next that asks",
  ]);
});

test("drawHolding() says how often a message was delivered, and keeps to the columns", () => {
  const holding = whoHoldsWhat([...STORY, DIES, AGAIN], OF);
  expect(drawHolding(holding, { now: 6_030, columns: 80 })[3]).toBe("  worker#1  ● has      k3f9-2    ████████████ 6.0 s to ack  delivery 2");
  for (const line of drawHolding(holding, { now: 6_030, columns: 40 })) expect(line.length).toBeLessThanOrEqual(40);
});

test("drawHolding() of nothing says that nothing is stored", () => {
  expect(drawHolding(nobodyHolds(OF), { now: 0, columns: 80 })[1]).toBe("  (nothing stored yet)");
});

test("drawHolding() never tells states by colour alone", () => {
  const look = { now: 1_500, columns: 80 };
  const holding = whoHoldsWhat([...STORY, DIES], OF);
  // oxlint-disable-next-line no-control-regex -- the colour codes begin with ESC
  const plain = drawHolding(holding, { ...look, colour: true }).map((line) => line.replaceAll(/\u001b\[\d+m/g, ""));
  expect(plain).toEqual(drawHolding(holding, look));
});
