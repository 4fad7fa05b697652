import { defineLesson } from "#engine/lessons/define.ts";

export default defineLesson({
  title: "__TITLE__",
  minutes: 12,
  pace: "quick",
  budget: 2_000,
  task: "Say the task in one sentence: it is shown where the README is not at hand.",
  // A program's name is its file's base name; `hears` has a sample subject for each subscription of the contract.
  programs: {
    packer: { kind: "service", hears: ["orders.placed.eu.1001"] },
  },
  starter: { check: "packs-each", diagnosis: "packs-nothing" },
  checks: [
    {
      id: "packs-each",
      title: "Every order is packed, once",
      at: "#contract",
      // A question, where to look, nearly the answer. No line of the solution in the first two.
      hints: [
        "An order comes in. Who is told about it, and what does the warehouse hear?",
        "Look at what the loop does with the order once it has read it.",
        "Call `reserve` with the order inside the loop, and wait for it.",
      ],
    },
  ],
  // Asked in this order after a check has failed: settings first, then the wire, then what the world was asked to do.
  diagnoses: [
    {
      id: "deaf-to-orders",
      file: "packer",
      says: "Your packer subscribes to nothing that an order's subject matches: orders.placed.<region>.<orderId> has four parts.",
    },
    {
      id: "one-region",
      file: "packer",
      says: "Your packer hears the orders of one region only. The third part of the subject is the region, and it may be any.",
    },
    {
      id: "packs-nothing",
      file: "packer",
      says: "Your packer hears the orders and never calls the warehouse.",
    },
    {
      id: "packs-twice",
      file: "packer",
      says: "Your packer called the warehouse more than once for one order: there are more tickets than orders.",
      // Where the check's hints would lead elsewhere, a mistake has its own ladder.
      hints: ["How many lines of your program call the warehouse for one message?", "One call, and no second one after it."],
    },
  ],
  questions: [
    {
      ask: "Repeat the README's question here.",
      answer: "Give its answer: it is shown after the pass.",
    },
  ],
});
