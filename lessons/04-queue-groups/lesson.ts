import { defineLesson } from "#engine/lessons/define.ts";

export default defineLesson({
  title: "Share the work",
  part: 2,
  minutes: 12,
  pace: "quick",
  budget: 2_000,
  task: "Let several workers share the orders, and let one of them leave without losing any.",
  programs: {
    worker: { kind: "service", copies: true, hears: ["orders.placed.eu.1001"] },
  },
  starter: { check: "three-share", diagnosis: "every-worker-handles-all" },
  checks: [
    {
      id: "one-worker-does-all",
      title: "One worker packs every order, once",
      at: "#contract",
      hints: [
        "Which subjects does an order arrive on, and how many parts has such a subject?",
        "Count the dots: a `*` in a subscription stands for exactly one part between two dots.",
        "The pattern needs four parts: two fixed words, then one `*` for the region and one for the order id. Each message needs one awaited call of `reserve`.",
      ],
    },
    {
      id: "three-share",
      title: "Three workers share the orders",
      at: "#a-queue-group",
      hints: [
        "When three programs subscribe to the same subject, how many copies of one message does the server send?",
        "The second argument of `nc.subscribe` is an object of options. One of them makes a subscription a member of a group.",
        "Pass the option `queue` with the name the contract gives. The name is compared letter by letter: `Workers` is another group.",
      ],
    },
    {
      id: "scale-in",
      title: "A worker leaves in the rush and no order is lost",
      at: "#leaving",
      hints: [
        "At the moment a worker is told to stop, where can its messages be? In its hands, or anywhere else as well?",
        "Compare two ways to end a connection in the section \"Leaving\": one of them first takes in what is on its way.",
        "Call `drain` on the connection where `stop` now closes it, and let nothing end the process: the loop finishes what is left, then the program ends by itself.",
      ],
    },
    {
      id: "crash-loses",
      title: "What a crash costs (shown)",
      graded: false,
      at: "#what-core-nats-does-not-do",
      hints: [
        "A worker is killed with SIGKILL. Who still knows the orders that were in its hands?",
        "This check cannot fail. Look at the number it shows and say where those orders are.",
        "Nowhere: core NATS forgets a message once it is sent. Lesson 8 brings such orders back.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "every-worker-handles-all",
      checks: ["three-share", "scale-in"],
      file: "worker",
      row: 14,
      says: "Your worker subscribes without a queue group. The server sends a message to every plain subscription that matches, so each copy packs every order.",
    },
    {
      id: "group-name-differs",
      checks: ["three-share"],
      file: "worker",
      row: 16,
      says: (evidence) => `Your worker joins the queue group "${queueIn(evidence.record)}". The contract says "workers", and other teams' workers are in that one. The server serves each group on its own, so each order is packed once in each group. Names are compared letter by letter.`,
    },
    {
      id: "deaf-to-orders",
      file: "worker",
      row: 4,
      says: (evidence) => `Your worker subscribes to ${patternsIn(evidence.record)}, which does not match a subject such as orders.placed.eu.1001. A * stands for exactly one part between two dots.`,
    },
    {
      id: "no-signal-handler",
      hints: ["Who tells your worker that it is asked to stop, and what does Node.js do when nobody listens?", "Set a handler for SIGTERM and SIGINT with `process.once`, before the subscription, and drain the connection in it."],
      checks: ["scale-in"],
      file: "worker",
      says: "SIGTERM ended your worker on the spot, with orders in its hands. Without a handler for the signal that is what Node.js does: set one with process.once before you subscribe.",
    },
    {
      id: "never-exits",
      hints: ["All orders are packed. What does a Node.js program wait for before it ends by itself?", "An open connection keeps it alive. Drain the connection, not only the subscription: that closes it when all is in."],
      checks: ["scale-in"],
      file: "worker",
      says: "After SIGTERM your worker is still running with nothing left to do. Something keeps it alive, most likely the open connection: a drained or closed connection lets the program end.",
    },
    {
      id: "handler-not-awaited",
      hints: ["Your worker begins the next order while the last one is still at the warehouse. Who waits for those calls when it leaves?", "Await each call in the loop, or keep the promises of all open calls and await every one before the program ends."],
      checks: ["scale-in"],
      file: "worker",
      row: 10,
      says: "Your worker ended while several of its calls to the warehouse were still open. It starts the next order without waiting for the last, and then ends the process before all of them are done.",
    },
    {
      id: "exits-in-handler",
      checks: ["scale-in"],
      file: "worker",
      row: 20,
      says: "Your worker ended the process with orders in its hands that it had not packed. drain() is finished when the messages have arrived, not when you are done with them: let the loop finish first.",
    },
    {
      id: "closes-without-drain",
      checks: ["scale-in"],
      file: "worker",
      row: 20,
      says: "Your worker packed everything it had received, but it closed its connection while more orders were on their way to it. The server had already given them to this worker, so nobody else gets them.",
    },
  ],
  questions: [
    {
      ask: "Three workers run in one queue group and 120 orders come in. How many does each get?",
      options: ["exactly 40", "about 40", "the first one gets most"],
      answer: "About 40: the server picks a member at random for each message. It does not take turns.",
    },
  ],
  next: [
    "start a fourth worker while orders come in (npm run -s orders), and see its share grow without any configuration",
  ],
});

type Record = readonly { kind: string; program?: string; subject?: string; queue?: string }[];

function queueIn(record: Record): string {
  return record.find((event) => event.kind === "subscribe" && event.program?.startsWith("worker") && event.queue)?.queue ?? "";
}

function patternsIn(record: Record): string {
  const patterns = record.filter((event) => event.kind === "subscribe" && event.program?.startsWith("worker") && !event.subject?.startsWith("_INBOX"));
  return [...new Set(patterns.map((event) => event.subject))].join(" and ");
}
