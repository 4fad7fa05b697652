import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

const steps = [
  { id: "1.1", seconds: 60, skip: false },
  { id: "1.2", seconds: 60, skip: false },
  { id: "2.1", seconds: 30, skip: true },
  { id: "2.2", seconds: 60, skip: false },
  { id: "2.3", seconds: 20, skip: true },
  { id: "2.4", seconds: 90, skip: true },
];

function talk() {
  let ms = 1_000_000;
  const pace = new Pace(steps, { now: () => ms });
  return { pace, wait: (seconds: number) => void (ms += seconds * 1000) };
}

test("within the budgets nobody is late", () => {
  const { pace, wait } = talk();
  expect(pace.at(0).running).toBe(false);
  pace.start();
  wait(50);
  expect(pace.at(0)).toMatchObject({ elapsed: 50, inStep: 50, late: 0, left: 270 });
  pace.enter("1.1");
  wait(10);
  expect(pace.at(1)).toMatchObject({ inStep: 10, late: -10 });
  expect(pace.propose(1)).toBeUndefined();
});

test("a question stops the plan and not the clock", () => {
  const { pace, wait } = talk();
  pace.start();
  wait(20);
  pace.question();
  wait(45);
  expect(pace.at(0)).toMatchObject({ elapsed: 65, inStep: 20, late: 45, question: true });
  pace.question();
  wait(40);
  expect(pace.at(0)).toMatchObject({ elapsed: 105, inStep: 60, late: 45, question: false });
  pace.enter("1.1");
  expect(pace.data.took["1.1"]).toBe(60);
});

test("when late, the cheapest steps that suffice are proposed, and skipping them is on time", () => {
  const { pace, wait } = talk();
  pace.start();
  wait(60 + 48);
  const proposal = pace.propose(0);
  expect(proposal).toEqual({ skip: ["2.1", "2.3"], wins: 50, enough: true });
  expect(pace.at(0, proposal?.skip).late).toBe(-2);
  expect(pace.propose(0, proposal?.skip)).toBeUndefined();
});

test("what cannot be won is said", () => {
  const { pace, wait } = talk();
  pace.start();
  wait(60 + 300);
  expect(pace.propose(0)).toEqual({ skip: ["2.1", "2.3", "2.4"], wins: 140, enough: false });
});

test("a talk that is opened again goes on with its clock", () => {
  const { pace, wait } = talk();
  pace.start();
  wait(30);
  const again = new Pace(steps, { now: () => 1_000_000 + 40_000, data: structuredClone(pace.data) });
  expect(again.at(0).elapsed).toBe(40);
});
