import { defineLesson } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

export default defineLesson({
  title: "Who hears it?",
  part: 2,
  minutes: 12,
  pace: "quick",
  budget: 2_000,
  task: "Let the kitchen hear the orders, the audit everything, and let the publisher end without losing anything.",
  programs: {
    publisher: { kind: "once" },
    kitchen: { kind: "service", hears: ["orders.placed.eu.1001", "orders.placed.asia.1002"] },
    audit: { kind: "service", hears: ["orders.closed", "orders.placed.eu.1001.note"] },
  },
  starter: { check: "kitchen-hears-placed", diagnosis: "wildcard-too-narrow" },
  checks: [
    {
      id: "kitchen-hears-placed",
      title: "The kitchen hears every placed order, and nothing else",
      at: "#a-subject-and-its-parts",
      hints: [
        "How many parts does `orders.placed.eu.1001` have, and how many has the pattern that the kitchen subscribes to?",
        "The table in \"A subject and its parts\" shows what each wildcard stands for. One of them stands for exactly one part, whatever is in it.",
        "Keep the two fixed words and put one `*` for the region and one more for the order id. With `>` in their place the kitchen hears notes about orders as well.",
      ],
    },
    {
      id: "audit-hears-all",
      title: "The audit counts everything about orders, to the last message",
      at: "#a-subject-and-its-parts",
      hints: [
        "Some subjects under `orders.` have two parts, some have five. Which wildcard does not care?",
        "Look at the second row of the table in \"A subject and its parts\": a wildcard for one part or more, which comes last.",
        "Subscribe to the word `orders`, a dot and `>`. If the pattern is right and the count is too low, look at the moment of counting: drain the subscription first, let the loop end, then publish the count.",
      ],
    },
    {
      id: "publisher-loses-nothing",
      title: "Everything that was published arrives",
      at: "#saying-and-having-said",
      hints: [
        "`publish` returns before the message is sent. Where is the message in the meantime, and what becomes of it when the process ends?",
        "Compare the four endings in the table of \"Saying and having said\". Two of them wait for the server.",
        "Replace the last line by an awaited `drain` of the connection. Nothing else has to end the program: with its connection closed it has nothing left to do.",
      ],
    },
    {
      id: "ready-means-ready",
      title: "Who says ready is ready",
      at: "#saying-and-having-said",
      hints: [
        "Somebody publishes an order in the very moment in which `ready.kitchen` arrives. What must the server have read before, so that the kitchen gets it?",
        "The server reads the lines of one connection in the order they were sent. Of two connections it may read either first.",
        "Subscribe first and publish `ready.…` after it, on the same connection. If it has to be another connection, await a `flush` on the first one in between.",
      ],
    },
    {
      id: "late-subscriber-misses",
      title: "What a late subscriber hears (shown)",
      graded: false,
      at: "#what-core-nats-does-not-do",
      hints: [
        "The audit subscribes after the first events have gone by. Who could still give them to it?",
        "This check cannot fail. Look at the two numbers it shows and say where the difference is.",
        "Nowhere: core NATS sends a message to those who listen at that moment and keeps no copy. Lesson 7 gives messages a place to stay.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "wildcard-inside-token",
      file: fileOf,
      row: 4,
      says: (e) => `Your program subscribes to ${quoted(patternsOf(e, fileOf(e)).filter(hasLetterStar))}. A wildcard stands for a whole part between two dots. Inside a part it is an ordinary letter, and no subject has it.`,
    },
    {
      id: "publishes-to-wildcard",
      hints: ["A wildcard stands for many subjects. To which of them would a message go?", "Wildcards are for those who listen. Publish each event on the subject that stands beside it in the file."],
      checks: ["publisher-loses-nothing"],
      file: "publisher",
      row: 6,
      says: (e) => `Your publisher publishes on ${quoted([String(e.facts.wildcard)])}. Wildcards are for listening. A message published on such a subject does not go to all that match it: it goes out on a subject with a star in its name.`,
    },
    {
      id: "publish-before-subscribe",
      checks: ["ready-means-ready"],
      file: fileOf,
      row: 1,
      says: (e) => `Your ${fileOf(e)} says ready before the server is sure to have its subscription. What is published in between is lost to it. Subscribe first and publish after it on the same connection, or await a flush in between.`,
    },
    {
      id: "handles-twice",
      hints: ["How many of your program's subscriptions does one order match?", "The server sends a message to each subscription that matches. One pattern with two stars covers all regions: leave the other subscription out."],
      checks: ["kitchen-hears-placed", "audit-hears-all"],
      file: fileOf,
      row: 5,
      says: (e) => `Two subscriptions of your ${fileOf(e)} match the same subject (${quoted(patternsOf(e, fileOf(e)))}). The server sends a copy for each, and your program handles both.`,
    },
    {
      id: "wildcard-too-narrow",
      checks: ["kitchen-hears-placed", "audit-hears-all", "ready-means-ready"],
      file: fileOf,
      row: 4,
      says: (e) => `Your ${fileOf(e)} subscribes to ${quoted(patternsOf(e, fileOf(e)))}, which does not match the subject ${e.facts.missed}. A * stands for exactly one part between two dots, a > at the end for one or more.`,
    },
    {
      id: "wildcard-too-wide",
      checks: ["kitchen-hears-placed", "audit-hears-all"],
      file: fileOf,
      says: (e) => `Your ${fileOf(e)} subscribes to ${quoted(patternsOf(e, fileOf(e)))}, which also matches the subject ${e.facts.extra}, and handles it. The contract asks for less: a > takes in all that comes after it, and every * any part.`,
    },
    {
      id: "no-signal-handler",
      hints: ["Who tells your program that it is asked to stop, and what does Node.js do when nobody listens?", "Set a handler with `process.once` for SIGTERM and SIGINT, before the first subscription. What it has to do is in \"Contract\"."],
      checks: ["audit-hears-all", "ready-means-ready"],
      file: "audit",
      says: "SIGTERM ended your audit on the spot, and nobody learned its count. Without a handler for the signal that is what Node.js does: set one with process.once before you subscribe.",
    },
    {
      id: "exit-without-drain",
      checks: ["publisher-loses-nothing", "audit-hears-all"],
      file: fileOf,
      row: 2,
      says: (e) => `${lostText(e)} publish only puts a message into the client's buffer, and neither process.exit nor close waits until it is sent. Await drain (or flush) first.`,
    },
    {
      id: "never-exits",
      hints: ["What does a Node.js program wait for before it ends by itself?", "An open connection keeps it alive. When the last message is out, drain the connection; then nothing is left to wait for."],
      checks: ["publisher-loses-nothing", "audit-hears-all"],
      file: fileOf,
      says: (e) => `Your ${fileOf(e)} has done its work and is still running, with nothing left to do. Its open connection keeps it alive: a drained connection is a closed one, and then the program ends by itself.`,
    },
    {
      id: "counts-before-drain",
      checks: ["audit-hears-all"],
      file: "audit",
      row: 20,
      says: (e) => `Your audit said ${e.facts.count}, and the server had sent it ${e.facts.wanted} messages: the rest was still on its way when SIGTERM came. Drain the subscription first, count what still comes in, then publish the count.`,
    },
  ],
  questions: [
    {
      ask: "The kitchen subscribes to orders.placed.*, the audit to orders.*. How many of the ten events in events.json does each of them hear?",
      options: ["3 and 10", "0 and 1", "0 and 0"],
      answer: "0 and 1. A star is one part: orders.placed.eu.1001 has four, and only orders.closed has the two parts that orders.* asks for.",
    },
    {
      ask: "Somebody publishes on orders.placed.* by mistake. Which of the shop's programs hear it, as you have left them?",
      options: ["all of them", "the audit only", "nobody"],
      answer: "The audit only: orders.> matches anything that has a part after orders, a star too. To the kitchen it is one part short. In what is published a star is an ordinary letter.",
    },
  ],
  next: [
    "publish without a client library: open attempts/02-pub-sub/right-python-publisher/publisher.py",
  ],
});

/** The program a check is about; where it is about both services, the one that the check has noted. */
function fileOf(e: Evidence): string {
  if (e.check === "ready-means-ready") return String(e.facts.at ?? "kitchen");
  return { "kitchen-hears-placed": "kitchen", "audit-hears-all": "audit" }[e.check] ?? "publisher";
}

function patternsOf(e: Evidence, role: string): string[] {
  const subs = e.record.filter((event) => event.kind === "subscribe" && event.program === role);
  return [...new Set(subs.map((event) => event.subject ?? "").filter((subject) => !subject.startsWith("_INBOX")))];
}

function hasLetterStar(pattern: string): boolean {
  return pattern.split(".").some((part) => part.length > 1 && /[*>]/.test(part));
}

function lostText(e: Evidence): string {
  if (e.check === "audit-hears-all") return "Your audit ended and its count never left it.";
  return `Your publisher ended with ${e.facts.published} of ${e.facts.events} events on the wire.`;
}

function quoted(patterns: string[]): string {
  return patterns.map((pattern) => `"${pattern}"`).join(" and ");
}
