import { expect, test } from "vitest";
import { readTalk, findStep } from "../text/talk.ts";
import { replacedBy, standing } from "./standing.ts";

const { steps } = readTalk();
const isService = (file: string) => !/publisher|setup|producer|revenue|replay/.test(file);
const at = (id: string) => standing(steps, findStep(readTalk(), id), isService).map((command) => ("name" in command ? command.name : command.text));

test("a step begins with the programs that run by then", () => {
  expect(at("1.2")).toEqual([]);
  expect(at("1.4")).toEqual(["checkout"]);
  expect(at("2.3")).toEqual(["kitchen", "audit"]);
  expect(at("3.3")).toEqual(["orders-api"]);
});

test("a program that has ended is not started again, nor one that another has replaced", () => {
  expect(at("3.5")).toEqual(["orders-api"]);
  expect(at("3.9")).toEqual(["world: a charge takes 500 ms", "fulfilment", "orders-api", "payments"]);
});

test("a fresh step begins with nothing", () => {
  expect(at("4.3")).toEqual([]);
});

test("the first copy ends all others, the second only itself", () => {
  expect(replacedBy("worker#1", ["worker", "worker#1", "worker#2", "workers"])).toEqual(["worker", "worker#1", "worker#2"]);
  expect(replacedBy("worker#2", ["worker#1", "worker#2"])).toEqual(["worker#2"]);
  expect(replacedBy("worker", ["worker#1"])).toEqual(["worker#1"]);
});
